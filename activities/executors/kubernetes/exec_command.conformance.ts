import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultActionSettings } from '../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../config/sections/kubernetes-actions';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stageExecPod } from './exec/staged-exec';

/** A command that puts one file over another, in a folder that plays the container's. */
async function stageCommand(stage: Stage, idempotent: boolean): Promise<Staged> {
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-conformance-'));
  stage.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'mode'), 'off');
  await writeFile(join(folder, 'on'), 'on');
  await writeFile(join(folder, 'credentials'), `token=${stage.canary}\n`);
  const target = await stageExecPod(stage, folder);
  const set_mode = {
    description: 'sets the mode',
    command: ['/bin/sh', '-c', 'cat credentials; exec cp "$0" mode', '{{mode}}'],
    args: { mode: { type: 'choice', values: ['on', 'off'] } },
    idempotent,
    namespaces: [stage.namespace],
  };
  const mode = () => readFile(join(folder, 'mode'), 'utf8');
  return {
    target,
    params: { command: 'set_mode', args: { mode: 'on' } },
    settings: { ...defaultActionSettings, kubernetes: kubernetesActionsSchema.parse({ execCommands: { set_mode } }) },
    read: mode,
    changes: async () => ((await mode()) === 'on' ? 1 : 0),
  };
}

export const conformance = defineFixture({
  action: 'exec_command',
  stage: (stage) => stageCommand(stage, true),
  variants: { 'not idempotent': (stage) => stageCommand(stage, false) },
  unusedPermissions: { 'pods/exec create': 'what servers from 1.35 on ask for where older ones ask for `get`' },
});
