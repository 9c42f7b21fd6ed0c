import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The server is reached by another name than its certificate has, as behind a load balancer. */
export const SERVER_NAME = 'temporal.test';

export interface Authority {
  certFile: string;
  /** Files of a certificate that this authority has signed. */
  sign(name: string): Promise<{ certFile: string; keyFile: string }>;
}

/** A certificate authority in a folder; its certificates are good for {@link SERVER_NAME}, for servers and clients alike. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const file = (each: string) => join(folder, `${name}-${each}`);
  const newKey = (key: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
  ];
  const [certFile, keyFile, extensions] = [file('ca.pem'), file('ca.key'), file('extensions')];
  await run('openssl', ['req', '-x509', ...newKey(keyFile), '-out', certFile, '-days', '2', '-subj', `/CN=${name}`]);
  writeFileSync(extensions, `subjectAltName=DNS:${SERVER_NAME}\n`);
  return {
    certFile,
    async sign(subject) {
      const [cert, key, request] = [file(`${subject}.pem`), file(`${subject}.key`), file(`${subject}.csr`)];
      await run('openssl', ['req', ...newKey(key), '-out', request, '-subj', `/CN=${subject}`]);
      const by = ['-CA', certFile, '-CAkey', keyFile, '-CAcreateserial', '-days', '2', '-extfile', extensions];
      await run('openssl', ['x509', '-req', '-in', request, '-out', cert, ...by]);
      return { certFile: cert, keyFile: key };
    },
  };
}

export interface TlsFrontend {
  address: string;
  /** Common names of the clients that were let in, in order. */
  clients: string[];
  close(): Promise<void>;
}

/**
 * What stands before a Temporal frontend in production: it ends TLS, lets in only who brings a certificate of the authority, and
 * hands everything on to the development server, which knows no TLS itself.
 */
export async function startTlsFrontend(authority: Authority, temporalAddress: string): Promise<TlsFrontend> {
  const { certFile, keyFile } = await authority.sign('server');
  const [host, port] = temporalAddress.split(':');
  const clients: string[] = [];
  const open = new Set<TLSSocket>();
  const server = createServer({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: readFileSync(authority.certFile),
    ...{ requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
  });
  server.on('secureConnection', (socket) => {
    clients.push(String(socket.getPeerCertificate().subject.CN));
    open.add(socket);
    const upstream = connect({ host: host!, port: Number(port) });
    socket.pipe(upstream).pipe(socket);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    socket.on('close', () => open.delete(socket));
  });
  // Whoever is not let in: that is what the tests are about.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
