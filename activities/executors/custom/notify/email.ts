import { createTransport } from 'nodemailer';
import type { EmailChannelSettings } from '../../../../config/sections/custom/notifications';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { operationHash } from '../http/operation-key';
import type { ChannelType } from './channel';
import { origin, type Message } from './message';

/**
 * SMTP. A server takes a mail as often as it is sent; the `Message-ID`, the same for every attempt, lets mail systems that
 * look at it show one. Delivered means here: the server took it for these recipients; where it ends is beyond our sight.
 */
export const email: ChannelType<EmailChannelSettings> = {
  repetition: 'marked',
  async check(ctx, _name, channel) {
    if (channel.password !== undefined) await ctx.secrets.read(channel.password);
  },
  async deliver(ctx, name, channel, message) {
    ctx.signal.throwIfAborted();
    const transport = await open(ctx, channel);
    const stop = () => transport.close();
    ctx.signal.addEventListener('abort', stop, { once: true });
    const messageId = `<${operationHash(message.operationId)}.kubernaut@${channel.from.split('@')[1]}>`;
    try {
      const info = await transport.sendMail({
        from: { name: 'Kubernaut', address: channel.from },
        to: channel.to,
        subject: `[${message.severity}] ${message.title}`,
        text: textOf(message),
        messageId,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Kubernaut-Operation': message.operationId },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const refused = info.rejected.map(String);
      return { repetition: 'marked', receipt: messageId, ...(refused.length > 0 && { refused }) };
    } catch (error) {
      ctx.signal.throwIfAborted();
      throw smtpError(name, error);
    } finally {
      ctx.signal.removeEventListener('abort', stop);
      transport.close();
    }
  },
};

async function open(ctx: ActionContext, { host, port, tls, username, password }: EmailChannelSettings) {
  const pass = password === undefined ? undefined : await ctx.secrets.read(password);
  const timeout = Math.max(1, Math.min(15_000, ctx.deadline - ctx.clock.now()));
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username !== undefined && pass !== undefined && { auth: { user: username, pass } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
}

function textOf(message: Message): string {
  const facts = message.facts.map(([name, value]) => `${name}: ${value}`);
  return [message.text, facts.join('\n'), message.link ?? '', `-- \n${origin(message)}`]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** Only code and status: what a server says may quote what it was sent. */
function smtpError(name: string, error: unknown): KubernautError {
  const { code = 'error', responseCode } = error as { code?: string; responseCode?: number };
  const message = `channel ${name} (email): ${[code, responseCode].filter(Boolean).join(' ')}`;
  if (code === 'EAUTH')
    return new KubernautError('UNAUTHORIZED', message, { remedy: 'Correct username and password of the channel.' });
  if (code === 'ETLS' || /CERT|SELF_SIGNED/.test(code)) {
    return new KubernautError('PRECONDITION_FAILED', message, {
      remedy: 'The SMTP server offers no trusted TLS. Correct it, or `tls` of the channel.',
    });
  }
  if (responseCode !== undefined && responseCode >= 500) {
    return new KubernautError('REJECTED_BY_SERVER', message, {
      remedy: 'The SMTP server refuses the mail; see its log.',
    });
  }
  return new KubernautError('UNAVAILABLE', message, {
    remedy: 'The SMTP server cannot be reached or is busy; the engine tries again.',
  });
}
