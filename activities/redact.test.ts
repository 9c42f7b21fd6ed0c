import { isSecretName, redactFields, redactText, sanitizeMessage } from './redact';

describe('Redaction', () => {
  test.each([
    ['Authorization: Bearer abc.def-123456', 'abc.def'],
    ['the token is eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', 'eyJzdWIi'],
    ['dial postgres://admin:s3cret@db:5432/x failed', 's3cret'],
    ['{"password":"s3cret","user":"me"}', 's3cret'],
    ["client_secret='s3cret'", 's3cret'],
    ['api-key=s3cret&x=1', 's3cret'],
    ['-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----', 's3cret'],
    ['MY_APP_TOKEN: s3cret', 's3cret'],
  ])('takes the secret out of %j', (text, secret) => {
    expect(redactText(text)).toContain('[redacted]');
    expect(redactText(text)).not.toContain(secret);
  });

  test.each([
    'Deployment shop/web: replicas 3 → 5',
    'pods "web-7c9d" is forbidden: User "x" cannot patch',
    'token review denied',
  ])('leaves %j alone', (text) => expect(redactText(text)).toBe(text));

  test('goes by the names of fields, at any depth', () => {
    expect(redactFields({ a: [{ dbPassword: 'x', note: 'y' }], Authorization: 1, secretName: 'web-tls' })).toEqual({
      a: [{ dbPassword: '[redacted]', note: 'y' }],
      Authorization: '[redacted]',
      secretName: 'web-tls',
    });
    expect(isSecretName('resourceVersion')).toBe(false);
  });

  test('survives deep and cyclic values', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(JSON.stringify(redactFields(cyclic))).toContain('[…]');
  });

  test('a message for history is one line without control characters, cut at its limit', () => {
    expect(sanitizeMessage('a\nb\u0007c\n    at file.ts:1:1\n    at other.ts:2:2')).toBe('a b c');
    expect(sanitizeMessage('x'.repeat(600))).toHaveLength(500);
  });

  test('takes no longer than a blink for a megabyte of hostile text', () => {
    const started = Date.now();
    for (const text of [
      'a'.repeat(1e6),
      'token'.repeat(2e5),
      'eyJ'.repeat(3e5),
      '//'.repeat(5e5),
      '-----BEGIN '.repeat(9e4),
    ])
      sanitizeMessage(text);
    expect(Date.now() - started).toBeLessThan(2_000);
  });
});
