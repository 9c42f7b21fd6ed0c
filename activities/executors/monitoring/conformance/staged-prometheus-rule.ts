import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { JsonObject } from '../../../../plan/json';
import { NotApplicable, type Stage, type Staged } from '../../../conformance/fixture';
import { stagedSettings } from './staged-alertmanager';
import { stagedRules, type StagedRules } from './staged-rules';

const GROUP = 'monitoring.coreos.com';

/** A PrometheusRule of its own. The operator is played: what is in the object becomes a file, and Prometheus reads it. */
export async function stagedPrometheusRule(stage: Stage, params: (rules: StagedRules) => JsonObject): Promise<Staged> {
  const { kube, namespace } = stage;
  const prometheus = stage.service('prometheus');
  const folder = stage.service('prometheus-rule-folder');
  if (!(await kube.discovery.resource(GROUP, 'prometheusrules')))
    throw new NotApplicable('the cluster has no CRD for PrometheusRules');
  const { groups, ...staged } = stagedRules(stage);
  const target = { apiVersion: `${GROUP}/v1`, kind: 'PrometheusRule', namespace, name: stage.name('rules') };
  const { apiVersion, kind, name } = target;
  const made = await kube.create({ apiVersion, kind, metadata: { namespace, name }, spec: { groups } });

  const path = join(folder, `${namespace}-${name}-${made.metadata.uid}.yaml`);
  let written = '';
  const sync = async () => {
    const text = JSON.stringify((await kube.get(target)).spec);
    if (text === written) return;
    await writeFile(path, text);
    await axios.post(`${prometheus}/-/reload`, undefined, { proxy: false });
    written = text;
  };
  stage.defer(() => rm(path, { force: true }));
  stage.play(async (signal) => {
    while (!signal.aborted) {
      await sync().catch(() => undefined);
      await sleep(200, undefined, { signal });
    }
  });
  return {
    target,
    params: params(staged),
    settings: stagedSettings({ prometheus: { url: prometheus } }),
    read: async () => (await kube.get(target)).spec,
  };
}
