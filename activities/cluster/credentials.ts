import { createHash } from 'node:crypto';
import type { Agent } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubernautError } from '../../plan/errors';

export interface Credentials {
  headers: Record<string, string>;
  agent: Agent;
}

/** Reading certificate files or asking an exec plugin for each of a hundred concurrent evictions would be absurd. */
const FRESH_FOR_MS = 5_000;
const MAX_SOCKETS = 64;

/**
 * Credentials of a kubeconfig, applied anew to (nearly) every request so that rotated files, projected ServiceAccount
 * tokens and exec plugins keep working, over one keep-alive agent that is only replaced when the TLS identity changes.
 */
export class CredentialSource {
  private current: { credentials: Promise<Credentials>; at: number } | undefined;
  private agent: { identity: string; agent: Agent } | undefined;

  constructor(private readonly config: KubeConfig) {}

  get(): Promise<Credentials> {
    const now = Date.now();
    if (!this.current || now - this.current.at > FRESH_FOR_MS) {
      const credentials = this.load();
      this.current = { credentials, at: now };
      credentials.catch(() => (this.current = undefined));
    }
    return this.current.credentials;
  }

  /** After a 401: what we have is not believed any more. */
  forget(): void {
    this.current = undefined;
  }

  close(): void {
    this.agent?.agent.destroy();
    this.agent = undefined;
    this.current = undefined;
  }

  private async load(): Promise<Credentials> {
    const options: https.RequestOptions = { headers: {} };
    try {
      await this.config.applyToHTTPSOptions(options);
    } catch (error) {
      // Only the first line: an exec plugin may print anything.
      const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200);
      throw new KubernautError('UNAUTHORIZED', `cannot get credentials for the cluster: ${why}`, { cause: error });
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (options.auth) headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { headers, agent: this.agentFor(options) };
  }

  private agentFor(options: https.RequestOptions): Agent {
    const hash = createHash('sha256');
    for (const part of [options.ca, options.cert, options.key])
      hash.update(part === undefined ? '-' : String(part)).update('\0');
    const identity = hash.digest('hex');
    if (this.agent?.identity !== identity) {
      const made = options.agent as Agent;
      // client-node makes an agent per call, without keep-alive; its TLS options are what we want. Proxy agents stay as made.
      const tls = Object.getPrototypeOf(made) === https.Agent.prototype ? (made as https.Agent).options : undefined;
      const agent = tls
        ? new https.Agent({ ...tls, keepAlive: true, keepAliveMsecs: 15_000, maxSockets: MAX_SOCKETS })
        : made;
      this.agent?.agent.destroy();
      this.agent = { identity, agent };
    }
    return this.agent.agent;
  }
}
