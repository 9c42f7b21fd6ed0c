import { spawn } from 'node:child_process';
import { mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import axios from 'axios';
import { streamProgress } from '../../../tools/progress';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { createWorkdir } from '../../../tools/stack/workdir';
import { waitFor } from '../../setup';

export interface ReceivedMail {
  messageId: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  /** Names as they were sent. */
  headers: Record<string, string[]>;
}

export interface Mailpit {
  smtpPort: number;
  /** All mail, oldest first, as the server's own API gives it. */
  mails(): Promise<ReceivedMail[]>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

interface MessageList {
  messages: Array<{ ID: string }>;
}
interface MessageDetails {
  MessageID: string;
  From: { Address: string };
  To: Array<{ Address: string }>;
  Subject: string;
  Text: string;
}

/**
 * A real SMTP server of this test's own, ended by a watchdog however the test ends. It takes mail for `@example.com` alone;
 * with `password` only from the user `kubernaut`.
 */
export async function startMailpit({ password }: { password?: string } = {}): Promise<Mailpit> {
  const { mailpit } = await ensureServers(['mailpit'], { progress: streamProgress() });
  const workdir = await createWorkdir();
  const [smtpPort = 0, httpPort = 0] = await freePorts(2);
  await mkdir(join(workdir.folder, 'bin'));
  const command = join(workdir.folder, 'bin', 'mailpit');
  await symlink(mailpit, command);
  const log = await open(join(workdir.folder, 'logs', 'mailpit.log'), 'a');
  const args = [
    ...['--smtp', `127.0.0.1:${smtpPort}`, '--listen', `127.0.0.1:${httpPort}`, '--disable-version-check'],
    ...['--smtp-disable-rdns', '--smtp-allowed-recipients', '@example\\.com$'],
    ...(password === undefined ? [] : ['--smtp-auth-allow-insecure']),
  ];
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: workdir.folder,
    env: { TMPDIR: workdir.folder, ...(password !== undefined && { MP_SMTP_AUTH: `kubernaut:${password}` }) },
  });
  child.unref();
  await log.close();
  const http = axios.create({ baseURL: `http://127.0.0.1:${httpPort}/api/v1`, proxy: false });
  await waitFor(
    () =>
      http.get('/info').then(
        () => true,
        () => false,
      ),
    (up) => up,
    { what: 'mailpit to answer' },
  );
  return {
    smtpPort,
    async mails() {
      const { data } = await http.get<MessageList>('/messages');
      const mails = await Promise.all(
        data.messages.map(async ({ ID }) => {
          const [{ data: mail }, { data: headers }] = await Promise.all([
            http.get<MessageDetails>(`/message/${ID}`),
            http.get<Record<string, string[]>>(`/message/${ID}/headers`),
          ]);
          return {
            messageId: mail.MessageID,
            from: mail.From.Address,
            to: mail.To.map(({ Address }) => Address),
            subject: mail.Subject,
            text: mail.Text,
            headers,
          };
        }),
      );
      return mails.reverse();
    },
    async clear() {
      await http.delete('/messages');
    },
    stop: () => workdir.stop(),
  };
}
