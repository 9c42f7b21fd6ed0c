import type { JsonObject } from '../../../plan/json';
import { CANARY, failureOf, runCustom } from '../../unit/custom/custom-run';
import { startMailpit, type Mailpit } from './mailpit';

describe('notification by e-mail', () => {
  let mailpit: Mailpit;
  beforeAll(async () => (mailpit = await startMailpit({ password: CANARY })), 300_000);
  afterAll(() => mailpit?.stop());
  beforeEach(() => mailpit.clear());

  const run = (channel: object = {}, params: JsonObject = {}, env?: Record<string, string>) =>
    runCustom({
      action: 'notification',
      params: { channel: 'team', severity: 'warning', title: 'shop/web was rolled back', ...params },
      settings: {
        notifications: {
          channels: {
            team: {
              type: 'email',
              host: '127.0.0.1',
              port: mailpit.smtpPort,
              tls: 'none',
              username: 'kubernaut',
              password: { env: 'SECRET' },
              from: 'kubernaut@example.org',
              to: ['sre@example.com', 'web@example.com'],
              ...channel,
            },
          },
        },
      },
      ...(env && { env }),
    });

  test('the mail arrives with everything that leads back to the operation', async () => {
    const it = run(
      {},
      {
        text: 'Revision 12 crashed.\nü',
        fields: { revision: 11 },
        namespace: 'shop',
        link: 'https://ui.example.com/1',
      },
    );
    const validation = await it.validate();
    expect(await mailpit.mails()).toEqual([]);
    const effect = await it.execute(validation);
    const [mail, ...others] = await mailpit.mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      from: 'kubernaut@example.org',
      to: ['sre@example.com', 'web@example.com'],
      subject: '[warning] shop/web was rolled back',
    });
    for (const part of [
      'Revision 12 crashed.',
      'ü',
      'revision: 11',
      'namespace: shop',
      'cluster: test',
      'https://ui.example.com/1',
    ]) {
      expect(mail?.text).toContain(part);
    }
    expect(mail?.headers).toMatchObject({ 'X-Kubernaut-Operation': ['remediation/shop/1/step'] });
    expect(effect).toMatchObject({
      changed: true,
      data: { deliveries: [{ channel: 'team', type: 'email', repetition: 'marked', receipt: `<${mail?.messageId}>` }] },
      irreversible: ['team was notified'],
    });
    expect(await it.verify(validation, effect)).toMatchObject({ verified: true, data: { readBack: false } });
    expect(it.seen()).not.toContain(CANARY);
  });

  test('a repetition has the same Message-ID and says that it may be one; another operation has another', async () => {
    const it = run();
    const validation = await it.validate();
    await it.execute(validation);
    await it.execute(validation, 2);
    const [first, second] = await mailpit.mails();
    expect(second?.messageId).toBe(first?.messageId);
    expect(first?.text).not.toContain('attempt');
    expect(second?.text).toContain('attempt 2: may repeat an earlier one');
    const other = runCustom({ ...it.options, operationId: 'remediation/shop/2/step' });
    await other.execute(await other.validate());
    expect((await mailpit.mails())[2]?.messageId).not.toBe(first?.messageId);
  });

  test('a recipient that the server refuses is named, and the step is not verified', async () => {
    const it = run({ to: ['sre@example.com', 'nobody@elsewhere.example'] });
    const validation = await it.validate();
    const effect = await it.execute(validation);
    expect(await mailpit.mails()).toHaveLength(1);
    expect(await it.verify(validation, effect)).toMatchObject({
      verified: false,
      summary: 'recipients were refused: nobody@elsewhere.example (team)',
    });
  });

  test('when every recipient is refused nothing is sent', async () => {
    const it = run({ to: ['nobody@elsewhere.example'] });
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
    expect(await mailpit.mails()).toEqual([]);
  });

  test('a wrong password is an error that does not tell it', async () => {
    const wrong = `wrong-${CANARY}`;
    const it = run({}, {}, { SECRET: wrong });
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(it.seen()).not.toContain(CANARY);
    expect(it.seen()).not.toContain(Buffer.from(wrong).toString('base64'));
    expect(await mailpit.mails()).toEqual([]);
  });

  test('a server without STARTTLS gets no password and no mail where TLS is asked for', async () => {
    const it = run({ tls: 'starttls' });
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(await mailpit.mails()).toEqual([]);
  });

  test('a server that is not there is tried three times', async () => {
    const it = run({ port: 1 });
    const failure = await failureOf(it.execute(await it.validate()));
    expect(failure).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^channel team \(email\): E\w+/),
    });
    expect(it.seen().match(/next try in/g)).toHaveLength(2);
  });
});
