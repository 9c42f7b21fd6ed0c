import { defaultActionSettings } from '../../../config/action-settings';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { HOLD, stageStuck } from './objects/staged-stuck';

const { kubernetes } = defaultActionSettings;

export const conformance = defineFixture({
  action: 'delete_finalizer_stuck',
  stage: (stage) => staged(stage, 'PersistentVolumeClaim'),
  variants: {
    'a pod': (stage) => staged(stage, 'Pod'),
    'a namespace': (stage) => staged(stage, 'Namespace'),
    'a namespace held by its spec': (stage) => staged(stage, 'Namespace', 'spec'),
  },
});

async function staged(
  stage: Stage,
  ...what: Parameters<typeof stageStuck> extends [unknown, ...infer W] ? W : never
): Promise<Staged> {
  const { target, held } = await stageStuck(stage, ...what);
  return {
    target,
    params: { finalizer: HOLD },
    settings: { kubernetes: { ...kubernetes, finalizers: { minAgeSeconds: 0 } } },
    read: held,
  };
}
