import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ClientError, ClientErrorKind } from '../../../client/errors';
import { parseSettings } from '../../../config/parse-settings';
import { type BridgeLab, bridgeLab } from './bridge-lab';

let lab: BridgeLab;
const open = async (options: Parameters<typeof bridgeLab>[0] = {}): Promise<void> => {
  await lab?.app.close();
  lab = await bridgeLab(options);
};
beforeAll(() => open());
beforeEach(() => void lab.calls.splice(0));
afterAll(() => lab.app.close());

const post = async (url: string, role: string, payload: unknown, headers: Record<string, string> = {}) => {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await lab.app.inject({
    ...{ method: 'POST', url: `/api/v1/${url}`, body },
    headers: { 'content-type': 'application/json', ...lab.as(role), ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
};
const paths = (body: { errors: { path: string }[] }): string[] => body.errors.map(({ path }) => path);

const alert = (name: string, labels: object = {}, more: object = {}) => ({
  status: 'firing',
  labels: { alertname: name, namespace: 'shop', deployment: 'web', ...labels },
  annotations: { summary: 'it is broken' },
  startsAt: '2026-11-24T12:00:00.000Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: `f-${name}`,
  ...more,
});
const message = (...alerts: unknown[]) => ({ version: '4', groupKey: '{}', receiver: 'kubernaut', alerts });

describe('alerts', () => {
  test('each goes to the incident of the workload it names, firing and resolved alike, in order', async () => {
    const { status, body } = await post(
      'alerts',
      'ingest',
      message(alert('A'), alert('B', { deployment: 'api' }), alert('A', {}, { status: 'resolved' })),
    );
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 3, invalid: 0, notAccepted: 0 });
    expect(body.results.map(({ incident }: { incident: string }) => incident)).toEqual([
      'incident/prod/shop/Deployment/web',
      'incident/prod/shop/Deployment/api',
      'incident/prod/shop/Deployment/web',
    ]);
    const ofWeb = lab.calls.filter(([, owner]) => (owner as { name: string }).name === 'web');
    expect(ofWeb.map(([, , told]) => told)).toMatchObject([
      { signal: 'alert', payload: { name: 'A', status: 'firing', fingerprint: 'f-A', labels: { namespace: 'shop' } } },
      { signal: 'alert', payload: { name: 'A', status: 'resolved' } },
    ]);
  });

  test('the label cluster says which cluster it is about', async () => {
    const { body } = await post('alerts', 'ingest', message(alert('A', { cluster: 'eu-1' })));
    expect(body.results[0].incident).toBe('incident/eu-1/shop/Deployment/web');
  });

  test('a bad alert does not turn away its neighbours, and each has its own result', async () => {
    const bad = [null, 'x', { ...alert('C'), labels: {} }, { ...alert('D'), status: 'pending', startsAt: 'today' }];
    const { status, body } = await post('alerts', 'ingest', message(alert('A'), ...bad, alert('B')));
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 2, invalid: 4, notAccepted: 0 });
    expect(body.results.map(({ status: of }: { status: string }) => of)).toEqual([
      'accepted',
      ...bad.map(() => 'invalid'),
      'accepted',
    ]);
    expect(body.results[4].problem).toMatch(/status: .*; startsAt: /);
  });

  test('what is no webhook at all is refused with all its problems, and so is one without a single valid alert', async () => {
    const wrong = await post('alerts', 'ingest', { version: '3', alerts: 'none' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'REQUEST_INVALID' } });
    expect(paths(wrong.body)).toEqual(['body.version', 'body.alerts']);
    const none = await post('alerts', 'ingest', message({}, 1));
    expect(none).toMatchObject({ status: 422, body: { code: 'ALERTS_INVALID', invalid: 2 } });
    expect(await post('alerts', 'ingest', message())).toMatchObject({ status: 202, body: { accepted: 0 } });
    expect(lab.calls).toEqual([]);
  });

  test('annotations are cut, labels never', async () => {
    const long = 'x'.repeat(5000);
    await post('alerts', 'ingest', message(alert('A', { pod: long }, { annotations: { description: long } })));
    const { payload } = lab.calls[0]![2] as { payload: { labels: { pod: string }; annotations: object } };
    expect(payload.labels.pod).toHaveLength(5000);
    expect(JSON.stringify(payload.annotations).length).toBeLessThan(2200);
    const tooMany = await post('alerts', 'ingest', message(alert('A', { a: 'x'.repeat(17_000) })));
    expect(tooMany.body.errors[0].message).toContain('16 KiB of labels');
  });

  test('Temporal away: 503 with Retry-After, what is durable and what is not, and the rest is not even tried', async () => {
    let answered = 0;
    await open({
      answers: {
        tell: () => {
          if (++answered === 1) return 'incident/x';
          throw new ClientError(ClientErrorKind.unreachable, 'Temporal cannot be reached.');
        },
      },
    });
    const same = [1, 2, 3, 4].map((n) => alert(`A${n}`));
    const { status, headers, body } = await post('alerts', 'ingest', message(...same, {}));
    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '5' });
    expect(body).toMatchObject({ code: 'UNREACHABLE', accepted: 1, notAccepted: 3, invalid: 1 });
    expect(answered).toBe(2);
    const metrics = await lab.metrics.registry.metrics();
    expect(metrics).toContain('kubernaut_bridge_alerts_total{result="not_accepted"} 3');
    await open();
  });

  test('too many requests are a 503 here, because Alertmanager drops what it got a 429 for', async () => {
    await open({ settings: { rateLimit: { ingestPerMinute: 1, perMinute: 1 } } });
    expect((await post('alerts', 'ingest', message())).status).toBe(202);
    const second = await post('alerts', 'ingest', message());
    expect(second).toMatchObject({ status: 503, body: { code: 'RATE_LIMITED' } });
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    const ask = async () => (await lab.app.inject({ url: '/api/v1/incidents', headers: lab.as('read') })).statusCode;
    expect([await ask(), await ask()]).toEqual([200, 429]);
    await open();
  });
});

describe('bodies', () => {
  test.each([
    ['no JSON', '{', {}, 400, 'BODY_INVALID'],
    ['an empty body', '', {}, 400, 'BODY_MISSING'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'MEDIA_TYPE'],
    ['a list', '[]', {}, 422, 'REQUEST_INVALID'],
    ['more than 256 KiB', JSON.stringify({ question: 'x'.repeat(256 * 1024) }), {}, 413, 'TOO_LARGE'],
    ['a prototype', '{"__proto__":{"question":"x"}}', {}, 400, 'BODY_INVALID'],
  ])('%s is refused', async (_, body, headers, status, code) => {
    const answer = await post('investigations', 'operate', body, headers as Record<string, string>);
    expect(answer).toMatchObject({ status, body: { status, code, type: expect.stringMatching(/^urn:kubernaut:/) } });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(lab.calls).toEqual([]);
  });

  test('an unexpected error tells nothing but the id under which the log has it', async () => {
    await open({
      answers: {
        tell: () => {
          throw new Error('password=hunter2 in some stack');
        },
      },
    });
    const { status, body } = await post('investigations', 'operate', { question: 'why?' });
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'INTERNAL' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    const line = lab.log.find(({ level }) => level === 'error');
    expect(line).toMatchObject({ request: body.instance, code: 'INTERNAL' });
    expect(JSON.stringify(lab.log)).not.toContain('hunter2');
    await open();
  });
});

describe('investigations and recommendations', () => {
  const target = { kind: 'Deployment', namespace: 'shop', name: 'web' };

  test('free text goes to the incident of the target, or of the cluster, in the name of the asker', async () => {
    const { body } = await post('investigations', 'operate', { question: ' why slow? ', target });
    expect(body).toEqual({ incident: 'incident/prod/shop/Deployment/web' });
    expect(lab.calls[0]![2]).toMatchObject({
      signal: 'investigate',
      payload: { by: 'operate', question: 'why slow?' },
    });
    expect((await post('investigations', 'operate', { question: 'why?' })).body.incident).toBe(
      'incident/prod/-/Cluster/prod',
    );
  });

  test('from an alert, with a question if there is one', async () => {
    await post('investigations', 'operate', { alert: alert('A'), question: 'since when?' });
    expect(lab.calls.map(([, , told]) => (told as { signal: string }).signal)).toEqual(['alert', 'investigate']);
  });

  test('recommendations go to an incident or a target; the source is the sender', async () => {
    const answer = { analysis: 'leak', recommendations: [{ action: 'restart_deployment', source: 'me' }] };
    const incident = 'incident/prod/shop/Deployment/web';
    expect((await post('recommendations', 'ingest', { incident, answer })).body).toEqual({ incident });
    expect((await post('recommendations', 'ingest', { target, answer })).body).toEqual({ incident });
    expect(lab.calls[0]).toEqual(lab.calls[1]!.with(2, expect.objectContaining({ signal: 'recommendations' })));
    expect(lab.calls[0]![2]).toMatchObject({ payload: { source: 'ingest', answer } });
  });

  test.each<[string, string, object, string[]]>([
    ['investigations', 'operate', {}, ['body']],
    ['investigations', 'operate', { question: '', by: 'eve' }, ['body.question', 'body']],
    ['investigations', 'operate', { alert: { status: 'firing' } }, ['body.alert', 'body.alert']],
    [
      'investigations',
      'operate',
      { question: 'x', target: { kind: 'pod', name: '../x' } },
      ['body.target.kind', 'body.target.name'],
    ],
    ['recommendations', 'ingest', { answer: { recommendations: [] } }, ['body']],
    ['recommendations', 'ingest', { incident: 'remediation/x', answer: [] }, ['body.incident', 'body.answer']],
  ])('%s: all that is wrong is named: %s %j', async (url, role, body, expected) => {
    const answer = await post(url, role, body);
    expect(answer.status).toBe(422);
    expect(paths(answer.body)).toEqual(expected);
    expect(lab.calls).toEqual([]);
  });
});

describe('plans', () => {
  const plan = {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'web-load', reason: 'more load', requester: 'alice' },
    spec: {
      steps: [{ id: 'scale', action: 'scale_deployment', target: 'Deployment/shop/web', params: { replicas: 4 } }],
    },
  };

  test('the requester is the sender, whatever the plan says; the key is the id', async () => {
    const { status, headers, body } = await post('plans?dryRun=true', 'operate', plan, {
      'idempotency-key': 'inc-4711',
    });
    expect(status).toBe(201);
    expect(headers['location']).toBe('/api/v1/remediations/remediation%2Finc-4711');
    expect(body).toMatchObject({ id: 'remediation/inc-4711', attached: false, requester: 'operate' });
    expect(lab.calls).toMatchObject([
      ['start', { metadata: { requester: 'operate' } }, { id: 'remediation/inc-4711', dryRun: true }],
    ]);
  });

  test('YAML is read as well, with line and column of every problem', async () => {
    const yaml =
      'apiVersion: kubernaut.dev/v1alpha1\nkind: RemediationPlan\nmetadata: { name: Web }\nspec:\n  steps:\n    - { id: a, action: scale_deploymen }\n';
    const { status, body } = await post('plans', 'operate', yaml, { 'content-type': 'application/yaml' });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'PLAN_INVALID' });
    expect(body.errors.length).toBeGreaterThanOrEqual(3);
    expect(body.errors).toContainEqual(
      expect.objectContaining({
        path: 'spec.steps[0].action',
        line: 6,
        remedy: expect.stringContaining('scale_deployment'),
      }),
    );
    expect(lab.calls).toEqual([]);
  });

  test('bad keys and a clash of keys are told', async () => {
    expect(paths((await post('plans', 'operate', plan, { 'idempotency-key': 'a b' })).body)).toEqual([
      'headers.idempotency-key',
    ]);
    await open({
      answers: {
        start: () => {
          throw new ClientError(ClientErrorKind.conflict, 'The id x already belongs to another plan.');
        },
      },
    });
    expect(await post('plans', 'operate', plan)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    await open();
  });
});

describe('remediations', () => {
  const url = 'remediations/remediation%2Fa%2F1';
  const digest = `sha256:${'a'.repeat(64)}`;

  test.each<[string, string, object, string, object]>([
    ['approve', 'approve', { digest, reason: 'fine' }, 'approve', { digest, reason: 'fine' }],
    ['reject', 'approve', { step: 's' }, 'reject', { step: 's' }],
    [
      'approve',
      'approve',
      { digest, also: [{ digest, step: 's' }] },
      'approve',
      { digest, also: [{ digest, step: 's' }] },
    ],
    ['revoke', 'approve', { reason: 'wrong' }, 'revoke', { reason: 'wrong' }],
    [
      ...(['override', 'approve', { changes: [{ step: 's', params: { a: [1] } }] }, 'override'] as const),
      { changes: [{ step: 's', params: { a: [1] } }] },
    ],
    ['abort', 'operate', { undo: false }, 'abort', { undo: false }],
    ['pause', 'operate', {}, 'pause', {}],
    ['resume', 'operate', {}, 'resume', {}],
    ['take-over', 'operate', {}, 'takeOver', {}],
    ['hand-back', 'operate', {}, 'handBack', {}],
    ['skip', 'operate', { step: 's/1' }, 'skipStep', { step: 's/1' }],
    ['retry', 'operate', { step: 's', params: { a: [1] } }, 'retryStep', { step: 's', params: { a: [1] } }],
  ])(
    '%s: by is the authenticated one, the request id becomes the update id',
    async (verb, role, body, method, sent) => {
      const answer = await post(`${url}/${verb}`, role, body, { 'x-request-id': 'r-1' });
      expect(answer).toMatchObject({ status: 200, body: { id: 'remediation/a/1', answer: 'done' } });
      expect(lab.calls).toEqual([[method, 'remediation/a/1', { ...sent, by: role }, `${verb}:${role}:r-1`]]);
      const forged = await post(`${url}/${verb}`, role, { ...body, by: 'somebody else' });
      expect(forged).toMatchObject({ status: 422, body: { code: 'REQUEST_INVALID' } });
      expect(lab.calls).toHaveLength(1);
    },
  );

  test('an incident is aborted in the name of whoever is authenticated, once for each request id', async () => {
    const incident = 'incident/prod/shop/Deployment/web';
    const abort = (body: object, role = 'operate') =>
      post(`incidents/${encodeURIComponent(incident)}/abort`, role, body, { 'x-request-id': 'r-1' });
    expect(await abort({ reason: 'we see to it', undo: false })).toMatchObject({
      ...{ status: 200, body: { id: incident, answer: 'done' } },
    });
    expect(await abort({})).toMatchObject({ status: 200 });
    const by = { by: 'operate' };
    expect(lab.calls).toEqual([
      ['abort', incident, { reason: 'we see to it', undo: false, ...by }, 'abort:operate:r-1'],
      ['abort', incident, by, 'abort:operate:r-1'],
    ]);
    for (const body of [{ by: 'somebody else' }, { reason: ' ' }, { undo: 'no' }, { reason: 'x'.repeat(2001) }]) {
      expect(await abort(body)).toMatchObject({ status: 422, body: { code: 'REQUEST_INVALID' } });
    }
    expect(await abort({}, 'approve')).toMatchObject({ status: 403 });
    expect(lab.calls).toHaveLength(2);
  });

  test('an approval without a digest, or with half of one, is refused', async () => {
    for (const body of [{}, { digest: 'abc' }, { digest: digest.toUpperCase() }]) {
      expect(paths((await post(`${url}/approve`, 'approve', body)).body)).toEqual(['body.digest']);
    }
  });

  test('an override without changes, or without params, is refused', async () => {
    for (const [body, path] of [
      [{}, 'body.changes'],
      [{ changes: [] }, 'body.changes'],
      [{ changes: [{ step: 's' }] }, 'body.changes[0].params'],
    ] as const) {
      expect(paths((await post(`${url}/override`, 'approve', body)).body)).toEqual([path]);
    }
  });

  test.each([
    [ClientErrorKind.notFound, 404],
    [ClientErrorKind.ended, 409],
    [ClientErrorKind.refused, 409],
    [ClientErrorKind.noWorker, 503],
    [ClientErrorKind.unreachable, 503],
  ])('%s is a %i', async (kind, status) => {
    await open({
      answers: {
        reject: () => {
          throw new ClientError(kind, 'it says no', { remedy: 'try --address', code: 'SOME_CODE' });
        },
      },
    });
    const answer = await post(`${url}/reject`, 'approve', {});
    expect(answer).toMatchObject({ status, body: { code: 'SOME_CODE', detail: 'it says no' } });
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    await open();
  });

  test('lists take filters, and refuse what is none', async () => {
    const get = (query: string) => lab.app.inject({ url: `/api/v1/remediations?${query}`, headers: lab.as('read') });
    expect((await get('state=awaiting_approval&limit=5')).statusCode).toBe(200);
    expect(lab.calls).toEqual([['list', { state: 'awaiting_approval', limit: 5 }]]);
    expect(paths((await get('state=x&limit=0')).json())).toEqual(['querystring.state', 'querystring.limit']);
  });

  test('progress is a stream of events that ends with the run, and the next one is counted anew', async () => {
    for (let n = 0; n < 3; n++) {
      const { headers, body } = await lab.app.inject({ url: `/api/v1/${url}/events`, headers: lab.as('read') });
      expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(body).toMatch(
        /^retry: 2000\n: watching\n\nevent: status\ndata: \{"phase":"running".*\}\n\nevent: end\ndata: /,
      );
    }
  });

  test('more streams than the replica serves are refused, and a stop ends those that run', async () => {
    await open({
      maxStreams: 1,
      answers: {
        async *watch(_id: string, { signal }: { signal: AbortSignal }) {
          yield { phase: 'running' };
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          signal.throwIfAborted();
        },
      } as never,
    });
    // Called in memory, a request begins only when somebody waits for its answer.
    const watch = () =>
      lab.app.inject({ url: `/api/v1/${url}/events`, headers: lab.as('read') }).then((answer) => answer);
    const first = watch();
    let second = await watch();
    for (let n = 0; second.statusCode !== 503 && n < 5; n++) second = await watch();
    expect(second.json()).toMatchObject({ code: 'TOO_MANY_STREAMS' });
    lab.stop.abort();
    expect((await first).body).toContain('event: status');
    expect((await watch()).json()).toMatchObject({ code: 'STOPPING' });
    await open();
  });
});

test('the OpenAPI document is 3.1, has the schema of plans, and names a role’s refusals', async () => {
  const document = (await lab.app.inject({ url: '/openapi.json', headers: lab.as('read') })).json();
  expect(document.openapi).toBe('3.1.0');
  const { requestBody, responses } = document.paths['/api/v1/plans'].post;
  expect(requestBody.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/RemediationPlanInput' });
  expect(document.components.schemas.RemediationPlanInput.properties.spec).toBeDefined();
  expect(Object.keys(responses).sort()).toEqual(['200', '201', '401', '403', '409', '422', '429', '503']);
  expect(Object.keys(responses['422'].content)).toEqual(['application/problem+json']);
  expect(document.paths['/healthz'].get.security).toEqual([]);
});

describe('docs/bridge.md', () => {
  const text = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'bridge.md'), 'utf8');

  test('names every path with its role', async () => {
    const { paths: served } = (await lab.app.inject({ url: '/openapi.json', headers: lab.as('read') })).json();
    for (const path of Object.keys(served))
      expect(text).toContain(path.replace(/^.*(?=\/(resume|hand-back|readyz)$)/, ''));
  });

  test('shows settings that are valid', () => {
    const shown = /```yaml\n(clusters:[^]*?)```/.exec(text)![1]!;
    expect(parseSettings(parse(shown), 'docs/bridge.md').bridge.auth).toMatchObject({
      oidc: { identityClaim: 'email' },
    });
  });
});
