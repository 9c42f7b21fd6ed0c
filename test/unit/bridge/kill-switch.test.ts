import { ClientError, ClientErrorKind } from '../../../client/errors';
import { unknownClusterWarning } from '../../../client/kill-switch';
import { STOP_TEXT_LIMITS } from '../../../plan/stop/stop-order';
import { type BridgeLab, bridgeLab } from './bridge-lab';

let lab: BridgeLab;
beforeAll(async () => {
  lab = await bridgeLab();
});
beforeEach(() => void lab.calls.splice(0));
afterAll(() => lab.app.close());

const post = (verb: string, payload?: object | string) =>
  lab.app.inject({
    ...{ method: 'POST', url: `/api/v1/kill-switch/${verb}`, headers: lab.as('operate') },
    ...(payload !== undefined && { payload }),
  });

test('it is engaged and released in the name of whoever is authenticated, everywhere or in one cluster', async () => {
  const everywhere = await post('engage', { reason: 'wrong alerts' });
  expect(everywhere.json()).toEqual({
    ...{ id: 'stop/global', scope: 'everywhere', by: 'operate', reason: 'wrong alerts', already: false },
    since: '2026-11-24T12:00:00.000Z',
  });
  expect((await post('engage', { cluster: 'prod', reason: 'r' })).json()).toMatchObject({
    ...{ scope: 'cluster prod', cluster: 'prod' },
  });
  expect((await post('release')).json()).toEqual({ scope: 'everywhere', pending: false });
  expect((await post('release', { cluster: 'prod', reason: 'over' })).statusCode).toBe(200);
  expect(lab.calls).toEqual([
    ['engage', undefined, { by: 'operate', reason: 'wrong alerts' }],
    ['engage', 'prod', { by: 'operate', reason: 'r' }],
    ['release', undefined, { by: 'operate' }],
    ['release', 'prod', { by: 'operate', reason: 'over' }],
  ]);
});

test('a cluster that the settings do not name is stopped all the same, and said to be unknown', async () => {
  const answer = await post('engage', { cluster: 'pord', reason: 'r' });
  expect(answer.statusCode).toBe(200);
  expect(answer.json().warning).toBe(
    'The settings name no cluster pord; if it is misspelt, nothing is stopped. Did you mean prod?',
  );
  expect(unknownClusterWarning('pord', [])).toBeUndefined();
  expect((await post('engage', { cluster: 'prod', reason: 'r' })).json().warning).toBeUndefined();
});

test.each([
  ['no reason', {}, 'body.reason'],
  ['a blank reason', { reason: '  ' }, 'body.reason'],
  ['a reason that is too long', { reason: 'x'.repeat(STOP_TEXT_LIMITS.reason + 1) }, 'body.reason'],
  ['a cluster that no id could hold', { reason: 'r', cluster: 'a/b' }, 'body.cluster'],
  ['a name of its own', { reason: 'r', by: 'mallory' }, 'body'],
])('%s is refused, and nothing is stopped', async (_, payload, path) => {
  const answer = await post('engage', payload);
  expect({ status: answer.statusCode, path: answer.json().errors[0].path }).toEqual({ status: 422, path });
  expect(lab.calls).toEqual([]);
});

test('status tells what is engaged; of the clusters that the settings name it is asked without delay', async () => {
  const answer = await lab.app.inject({ url: '/api/v1/kill-switch', headers: lab.as('read') });
  expect(answer.json()).toMatchObject({ engaged: [{ id: 'stop/global', scope: 'everywhere', by: 'ann' }] });
  expect(lab.calls).toEqual([['status', ['prod', 'staging']]]);
});

test('one that is not engaged cannot be released: 409; with Temporal away, 503 with Retry-After', async () => {
  const refuse = (kind: ClientErrorKind) => () => Promise.reject(new ClientError(kind, 'no', { remedy: 'r' }));
  const other = await bridgeLab({
    answers: { release: refuse(ClientErrorKind.refused), engage: refuse(ClientErrorKind.unreachable) },
  });
  const ask = (verb: string, payload: object) =>
    other.app.inject({ method: 'POST', url: `/api/v1/kill-switch/${verb}`, headers: other.as('operate'), payload });
  expect((await ask('release', {})).statusCode).toBe(409);
  const away = await ask('engage', { reason: 'r' });
  expect(away.statusCode).toBe(503);
  expect(away.headers['retry-after']).toBe('5');
  await other.app.close();
});
