import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultActionSettings } from '../../../../config/action-settings';
import { customActionsSchema } from '../../../../config/sections/custom-actions';
import { NotApplicable, type Stage, type Staged } from '../../../conformance/fixture';
import { stagingServer } from '../http/staging-server';
import { findSandbox } from './sandbox';

/** A script that puts its state to a receiver, with the operation id as the key, and one that puts the old state back. */
export async function stageScript(stage: Stage): Promise<Staged> {
  await findSandbox().catch((error: Error) => {
    throw new NotApplicable(error.message);
  });
  const { url, state, acts, secrets } = await stagingServer(stage);
  state.set('/mode', 'off');
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-conformance-'));
  stage.defer(() => rm(folder, { recursive: true, force: true }));
  const pin = async (file: string, mode: string, key: string) => {
    const request = `PUT /mode HTTP/1.0\\r\\nIdempotency-Key: %s\\r\\nContent-Length: ${mode.length}\\r\\n\\r\\n${mode}`;
    const content = [
      '#!/bin/bash',
      'echo "token=$TOKEN"',
      `exec 3<>/dev/tcp/127.0.0.1/${new URL(url).port} || exit 1`,
      `printf '${request}' "${key}" >&3`,
      `grep -q ' 202 ' <&3`,
      '',
    ].join('\n');
    await writeFile(join(folder, file), content);
    return { file, sha256: createHash('sha256').update(content).digest('hex') };
  };
  const custom = customActionsSchema.parse({
    scripts: {
      folder,
      catalogue: {
        mode: {
          description: 'sets the mode of a receiver',
          ...(await pin('on.sh', 'on', '$KUBERNAUT_OPERATION_ID')),
          undo: await pin('off.sh', 'off', '$KUBERNAUT_OPERATION_ID/undo'),
          repeatable: true,
          network: true,
          secrets: { TOKEN: { env: 'TOKEN' } },
        },
      },
    },
  });
  return {
    params: { script: 'mode' },
    read: async () => state.get('/mode'),
    changes: async () => acts(),
    settings: { ...defaultActionSettings, custom },
    secrets,
  };
}
