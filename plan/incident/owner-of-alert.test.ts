import { alertFingerprint, incidentOf, ownerOfAlert, ownerOfIncidentId, severityOf } from '.';

describe('the object that an alert is about', () => {
  it.each([
    ['the workload label before the pod', { namespace: 'shop', deployment: 'web', pod: 'x-0' }, 'shop/Deployment/web'],
    ['a pod of a Deployment', { namespace: 'shop', pod: 'web-7d4b9c6f5d-x2x5k' }, 'shop/Deployment/web'],
    ['a pod of a StatefulSet', { namespace: 'shop', pod: 'db-0' }, 'shop/StatefulSet/db'],
    ['a pod of a DaemonSet', { namespace: 'shop', pod: 'agent-x2x5k' }, 'shop/DaemonSet/agent'],
    ['a pod of a CronJob', { namespace: 'shop', pod: 'backup-29384750-x2x5k' }, 'shop/CronJob/backup'],
    ['a pod of its own', { namespace: 'shop', pod: 'lonely' }, 'shop/Pod/lonely'],
    ['the Kubernetes job, never the scrape job', { namespace: 'shop', job: 'ksm', job_name: 'b' }, 'shop/Job/b'],
    ['a volume claim', { namespace: 'shop', persistentvolumeclaim: 'data' }, 'shop/PersistentVolumeClaim/data'],
    ['the namespace when there is nothing else', { namespace: 'shop', job: 'ksm', node: 'n1' }, '-/Namespace/shop'],
    ['a node', { node: 'node-1' }, '-/Node/node-1'],
    ['the cluster as a whole', { alertname: 'Watchdog' }, '-/Cluster/prod'],
    ['no label that could not be a name', { namespace: 'shop', pod: 'a/../b' }, '-/Namespace/shop'],
  ])('is %s', (_, labels, expected) => {
    const { workflowId } = incidentOf(ownerOfAlert(labels as Record<string, string>, 'prod'));
    expect(workflowId).toBe(`incident/prod/${expected}`);
  });

  it('is looked for in the cluster that the alert names', () => {
    expect(ownerOfAlert({ cluster: 'eu', node: 'n' }, 'prod').cluster).toBe('eu');
  });
});

describe('the identity of an incident', () => {
  it('can be read back from its id', () => {
    const owners = [
      { cluster: 'prod', kind: 'Node', name: 'n1' },
      { cluster: 'prod', kind: 'Deployment', namespace: 'shop', name: 'web' },
    ];
    for (const owner of owners) expect(ownerOfIncidentId(incidentOf(owner).workflowId)).toEqual(owner);
    expect(ownerOfIncidentId('remediation/prod/shop/Deployment/web')).toBeUndefined();
  });

  it('does not depend on the order of labels', () => {
    expect(alertFingerprint({ a: '1', b: '2' })).toBe(alertFingerprint({ b: '2', a: '1' }));
    expect(alertFingerprint({ a: '1' })).toMatch(/^[0-9a-f]{16}$/);
  });

  it('takes severities in the words that are common, and no others', () => {
    expect(severityOf({ severity: 'Critical' })).toBe('critical');
    expect(severityOf({ severity: 'page' })).toBe('critical');
    expect(severityOf({ severity: 'ignore-all-guards' })).toBeUndefined();
    expect(severityOf({})).toBeUndefined();
  });
});
