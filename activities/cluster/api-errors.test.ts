import { ApplyConflict, apiError } from './api-errors';

const status = (more: object) => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...more });
const call = 'patch Deployment shop/web';

// Bodies as kube-apiserver 1.34 sends them.
test.each([
  [401, status({ reason: 'Unauthorized', message: 'Unauthorized' }), 'UNAUTHORIZED'],
  [
    403,
    status({ reason: 'Forbidden', message: 'deployments.apps "web" is forbidden: User "x" cannot patch' }),
    'FORBIDDEN',
  ],
  [403, status({ reason: 'Forbidden', message: 'pods "a" is forbidden: exceeded quota: q' }), 'REJECTED_BY_SERVER'],
  [404, status({ reason: 'NotFound', message: 'deployments.apps "web" not found' }), 'TARGET_NOT_FOUND'],
  [409, status({ reason: 'Conflict', message: 'the object has been modified; please apply your changes' }), 'CONFLICT'],
  [
    409,
    status({ reason: 'Conflict', message: 'Precondition failed: UID in precondition: a, UID in object meta: b' }),
    'TARGET_REPLACED',
  ],
  [
    409,
    status({ reason: 'Conflict', message: 'the UID in the precondition (a) does not match the UID in record (b)' }),
    'TARGET_REPLACED',
  ],
  [409, status({ reason: 'AlreadyExists', message: 'pods "a" already exists' }), 'PRECONDITION_FAILED'],
  [
    422,
    status({ reason: 'Invalid', message: 'field is immutable', details: { causes: [{ field: 'metadata.uid' }] } }),
    'TARGET_REPLACED',
  ],
  [422, status({ reason: 'Invalid', message: 'spec.replicas: Invalid value: -1' }), 'REJECTED_BY_SERVER'],
  [400, status({ reason: 'BadRequest', message: 'strict decoding error' }), 'REJECTED_BY_SERVER'],
  [429, status({ reason: 'TooManyRequests', message: 'too many requests' }), 'THROTTLED'],
  [
    500,
    status({ reason: 'InternalError', message: 'This pod has more than one PodDisruptionBudget, which …' }),
    'DISRUPTION_BUDGET',
  ],
  [500, status({ reason: 'InternalError', message: 'etcd' }), 'UNAVAILABLE'],
  [502, '<html>Bad Gateway</html>', 'UNAVAILABLE'],
  [503, '', 'UNAVAILABLE'],
])('%i %s is %s', (code, body, expected) => expect(apiError(call, code, body).code).toBe(expected));

test('a budget is named, and its wait is kept', () => {
  const body = status({
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      retryAfterSeconds: 10,
      causes: [
        { reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods and has 2 currently' },
      ],
    },
  });
  const error = apiError('evict Pod shop/web-1', 429, body);
  expect(error).toMatchObject({ code: 'DISRUPTION_BUDGET', retryAfterMs: 10_000 });
  expect(error.message).toBe(
    'evict Pod shop/web-1: The disruption budget web needs 2 healthy pods and has 2 currently',
  );
  expect(apiError(call, 429, status({ message: 'slow down' }), '3').retryAfterMs).toBe(3_000);
});

test('messages are one line, capped, and never the body', () => {
  const long = apiError(call, 400, status({ message: `a\n\tb ${'x'.repeat(2_000)}` }));
  expect(long.message).toMatch(/^patch Deployment shop\/web: a b x/);
  expect(long.message.length).toBeLessThan(560);
  expect(apiError(call, 502, '<html>password=hunter2</html>').message).toBe(`${call}: HTTP 502`);
});

test('objects that validation errors quote are left out', () => {
  const quoted = JSON.stringify({ spec: { env: [{ name: 'PASSWORD', value: 'hunter2' }] } }).replaceAll('"', '\\"');
  const message = `"" is invalid: patch: Invalid value: "${quoted}": strict decoding error: unknown field "spec.foo"`;
  const error = apiError(call, 422, status({ reason: 'Invalid', message }));
  expect(error.message).not.toContain('hunter2');
  expect(error.message).toContain('unknown field "spec.foo"');
  const goSyntax = apiError(
    call,
    422,
    status({ message: 'spec.template: Invalid value: core.PodSpec{Env:"hunter2"}: field is immutable' }),
  );
  expect(goSyntax.message).not.toContain('hunter2');
});

test('an apply that would take fields of others names each with its manager; any other 409 does not', () => {
  const causes = [
    { reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using v1', field: '.data.mode' },
    { reason: 'FieldManagerConflict', message: 'conflict with "helm" with subresource "x" using v1', field: '.data.b' },
  ];
  const error = apiError('apply ConfigMap shop/web', 409, status({ reason: 'Conflict', details: { causes } }));
  expect(error).toBeInstanceOf(ApplyConflict);
  expect(error).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: 'apply ConfigMap shop/web: .data.mode belongs to kubectl, .data.b belongs to helm',
    conflicts: [
      { manager: 'kubectl', field: '.data.mode' },
      { manager: 'helm', field: '.data.b' },
    ],
  });
  expect(apiError(call, 409, status({ reason: 'Conflict' })).code).toBe('CONFLICT');
  const typed =
    'failed to create typed patch object (shop/web; /v1, Kind=ConfigMap): .dta: field not declared in schema';
  expect(apiError(call, 500, status({ message: typed })).code).toBe('REJECTED_BY_SERVER');
});
