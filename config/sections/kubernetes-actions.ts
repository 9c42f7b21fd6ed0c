import { z } from 'zod';
import { applyManifestSchema } from './kubernetes/apply-manifest';
import { diagnosticsSchema } from './kubernetes/diagnostics';
import { execCommandsSchema } from './kubernetes/exec-commands';
import { finalizersSchema } from './kubernetes/finalizers';
import { imageRegistriesSchema } from './kubernetes/image-registries';
import { jobsSchema } from './kubernetes/jobs';
import { secretSourcesSchema } from './kubernetes/secrets';

/** `actions.kubernetes` of kubernaut.yaml: what actions on cluster objects may use besides their params. */
export const kubernetesActionsSchema = z.strictObject({
  applyManifest: applyManifestSchema.prefault({}).describe('What `apply_manifest` can apply.'),
  diagnostics: diagnosticsSchema.prefault({}).describe('Where `collect_diagnostics` keeps bundles.'),
  execCommands: execCommandsSchema,
  finalizers: finalizersSchema.prefault({}).describe('When `delete_finalizer_stuck` may act.'),
  imageRegistries: imageRegistriesSchema,
  jobs: jobsSchema.prefault({}).describe('What `run_job` and `run_job_with_undo` can run.'),
  secrets: secretSourcesSchema.prefault({}).describe('Where values of Secrets may come from.'),
});
export type KubernetesActionSettings = z.output<typeof kubernetesActionsSchema>;

/** The same settings with `absolute` applied to every path in them. */
export function withKubernetesPaths(
  settings: KubernetesActionSettings,
  absolute: (path: string) => string,
): KubernetesActionSettings {
  const values = Object.entries(settings.secrets.values).map(
    ([name, ref]) => [name, 'file' in ref ? { file: absolute(ref.file) } : ref] as const,
  );
  const { folder } = settings.diagnostics;
  return {
    ...settings,
    diagnostics: folder === undefined ? {} : { folder: absolute(folder) },
    secrets: { ...settings.secrets, values: Object.fromEntries(values) },
  };
}
