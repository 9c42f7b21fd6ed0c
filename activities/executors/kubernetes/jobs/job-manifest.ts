import { createHash } from 'node:crypto';
import type { JobTemplate } from '../../../../config/sections/kubernetes/jobs';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';
import { OPERATION_ANNOTATION } from '../fields/operation-stamp';

export interface JobRequest {
  template: JobTemplate;
  /** Its name in the settings. */
  id: string;
  command: string[];
  namespace: string;
  /** Told beside the template's own variables. */
  env?: Readonly<Record<string, string>>;
  /** Of its name: `-undo`. */
  suffix?: string;
}

/** @throws {KubernautError} `PRECONDITION_FAILED` */
export function templateOf(ctx: ActionContext, id: string): JobTemplate {
  const { templates } = ctx.settings.kubernetes.jobs;
  const template = Object.hasOwn(templates, id) ? templates[id] : undefined;
  if (template) return template;
  const known = Object.keys(templates).join(', ') || 'none';
  throw new KubernautError('PRECONDITION_FAILED', `the settings have no Job template ${id} (there are: ${known})`, {
    remedy: 'Add it under actions.kubernetes.jobs.templates of kubernaut.yaml.',
  });
}

/** The Job of this operation: its name follows from the operation id, so that a second execute finds the first one's. */
export function jobManifest(
  ctx: Pick<ActionContext, 'operationId'>,
  { template, id, command, namespace, env: more = {}, suffix = '' }: JobRequest,
): JsonObject {
  const hash = createHash('sha256').update(ctx.operationId).digest('hex').slice(0, 10);
  const env = Object.entries({ ...template.env, ...more }).map(([name, value]) => ({ name, value }));
  const container: JsonObject = {
    name: 'main',
    image: template.image,
    command,
    env,
    envFrom: template.envFromSecrets.map((name) => ({ secretRef: { name } })),
  };
  const labels = { 'kubernaut.dev/job-template': id };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace,
      name: `kubernaut-${id.replaceAll('_', '-').slice(0, 40).replace(/-+$/, '')}-${hash}${suffix}`,
      labels,
      annotations: { [OPERATION_ANNOTATION]: ctx.operationId },
    },
    spec: {
      backoffLimit: template.retries,
      activeDeadlineSeconds: template.deadlineSeconds,
      ttlSecondsAfterFinished: template.keepSeconds,
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'Never', serviceAccountName: template.serviceAccount, containers: [container] },
      },
    },
  };
}

export function digestOf(manifest: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}
