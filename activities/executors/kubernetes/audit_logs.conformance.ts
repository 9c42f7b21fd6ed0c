import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'audit_logs',
  async stage({ kube, namespace, name }) {
    const event = name('event');
    const involvedObject = { kind: 'Pod', namespace, name: 'web', apiVersion: 'v1' };
    const lastTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    await kube.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name: event },
      involvedObject,
      type: 'Warning',
      reason: 'BackOff',
      message: 'restarting failed container',
      lastTimestamp,
      count: 3,
    });
    return {
      target: { apiVersion: 'v1', kind: 'Namespace', name: namespace },
      params: { warningsOnly: true },
      read: async () => (await kube.find({ apiVersion: 'v1', kind: 'Event', namespace, name: event })) !== undefined,
    };
  },
});
