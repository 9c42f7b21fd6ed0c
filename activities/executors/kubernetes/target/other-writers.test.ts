import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { verticalAutoscaling } from './other-writers';

const object = (kind: string, name: string, spec: JsonObject = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { namespace: 'shop', name, uid: 'u', resourceVersion: '1' },
    spec,
  }) as KubeObject;
const web = object('Deployment', 'web');
const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

describe('a VerticalPodAutoscaler', () => {
  const said = (spec: JsonObject) => verticalAutoscaling(object('VerticalPodAutoscaler', 'sizes', spec), web, 'app');
  const policies = (...containerPolicies: JsonObject[]) => ({ resourcePolicy: { containerPolicies } });

  it.each([
    ['without a mode', {}, 'Auto'],
    ['Auto', { updatePolicy: { updateMode: 'Auto' } }, 'Auto'],
    ['without a mode in its policy', { updatePolicy: { minReplicas: 1 } }, 'Auto'],
    ['Recreate', { updatePolicy: { updateMode: 'Recreate' } }, 'Recreate'],
    ['Initial', { updatePolicy: { updateMode: 'Initial' } }, 'Initial'],
    ['InPlaceOrRecreate', { updatePolicy: { updateMode: 'InPlaceOrRecreate' } }, 'InPlaceOrRecreate'],
    ['switched off for another container', policies({ containerName: 'sidecar', mode: 'Off' }), 'Auto'],
    [
      'switched off for all others',
      policies({ containerName: '*', mode: 'Off' }, { containerName: 'app', mode: 'Auto' }),
      'Auto',
    ],
  ])('%s is named', (_, spec, mode) => {
    expect(said({ targetRef, ...spec })).toBe(
      `VerticalPodAutoscaler shop/sizes (${mode}) sets the resources of its pods, whatever the template says`,
    );
  });

  it.each<[string, JsonObject]>([
    ['only recommends', { targetRef, updatePolicy: { updateMode: 'Off' } }],
    ['is switched off for the container', { targetRef, ...policies({ containerName: 'app', mode: 'Off' }) }],
    ['is switched off for every container', { targetRef, ...policies({ containerName: '*', mode: 'Off' }) }],
    ['is for another workload', { targetRef: { ...targetRef, name: 'api' } }],
    ['is for another kind', { targetRef: { ...targetRef, kind: 'StatefulSet' } }],
    ['has no target', {}],
  ])('that %s is not', (_, spec) => {
    expect(said(spec)).toBeUndefined();
  });
});
