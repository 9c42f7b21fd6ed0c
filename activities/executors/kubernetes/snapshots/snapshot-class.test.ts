import type { KubeObject } from '../../../cluster/cluster';
import { chooseSnapshotClass } from './snapshot-class';

const made = (name: string, driver: string, isDefault = false): KubeObject => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    ...(isDefault && { annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } }),
  },
  driver,
  deletionPolicy: 'Delete',
});
const disk = 'disk.example.com';

test('the only default class of the driver is chosen, whatever defaults other drivers have', () => {
  const classes = [made('a', disk), made('b', disk, true), made('c', 'files.example.com', true)];
  expect(chooseSnapshotClass(classes, { driver: disk })).toEqual({ name: 'b', driver: disk, deletionPolicy: 'Delete' });
  expect(chooseSnapshotClass(classes, { driver: disk, name: 'a' })).toMatchObject({ name: 'a' });
});

test.each([
  ['no class at all', [], { driver: disk }, 'there are none'],
  ['no default', [made('a', disk)], { driver: disk }, 'has no default VolumeSnapshotClass: name one as class'],
  ['two defaults', [made('a', disk, true), made('b', disk, true)], { driver: disk }, 'has 2 default'],
  ['a name that is none', [made('a', disk)], { driver: disk, name: 'x' }, 'no VolumeSnapshotClass x (there are: a)'],
  ['a class of another driver', [made('a', 'other')], { driver: disk, name: 'a' }, 'is for driver other'],
])('with %s there is a reason', (_, classes, wanted, words) => {
  expect(chooseSnapshotClass(classes, wanted)).toContain(words);
});
