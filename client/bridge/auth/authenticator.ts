import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { type BridgeAuth, bridgeRoles, isLoopback } from '../../../config/sections/bridge';
import type { SlackSettings } from '../../../config/sections/slack';
import type { Identity } from '../identity';
import { HttpProblem } from '../problem';
import { clickerOf } from '../slack/interaction';
import type { TokenCheck } from './bearer-tokens';
import { ReplayWindow } from './replay-window';
import { SignatureHeader, type SignedRequest, signerOf } from './signatures';
import { checkSlackSignature, SlackHeader } from './slack-signature';
import type { SecretReader } from './secret-reader';

export interface AuthenticatorOptions {
  auth: BridgeAuth | 'none';
  /** Asked one after the other, until one knows the token. */
  tokenChecks: readonly TokenCheck[];
  secrets: SecretReader;
  /** Whose clicks count. Default: nobody's. */
  slack?: SlackSettings;
  /** Origins of web pages that are served with auth none, too. Default: of none. */
  pages?: readonly string[];
  now?: () => number;
}

/** Finds out who sends a request. */
export class Authenticator {
  private readonly replays: ReplayWindow;
  private readonly now: () => number;

  constructor(private readonly options: AuthenticatorOptions) {
    this.now = options.now ?? Date.now;
    const window = options.auth === 'none' ? 0 : options.auth.replayWindowSeconds;
    this.replays = new ReplayWindow(window * 1000, this.now);
  }

  /** Signed requests can be judged only with their body. */
  isSigned(request: FastifyRequest): boolean {
    if (request.routeOptions.config.fromSlack) return true;
    return this.options.auth !== 'none' && request.headers[SignatureHeader.signature] !== undefined;
  }

  /**
   * By what the headers and the connection say.
   *
   * @throws HttpProblem 401, or 503 when whoever would know cannot be asked
   */
  async identify(request: FastifyRequest): Promise<Identity> {
    const { auth, tokenChecks } = this.options;
    if (auth === 'none') return localCaller(request, this.options.pages);
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) {
      const identity = certificateOf(request, auth);
      if (identity !== undefined) return identity;
      throw unauthenticated('Nothing in the request says who sends it.');
    }
    for (const check of tokenChecks) {
      const identity = await check(token);
      if (identity !== undefined) return identity;
    }
    throw unauthenticated('The token is not accepted.');
  }

  /** @throws HttpProblem 401, also for a request that was taken before */
  async identifySigned(request: FastifyRequest, body: Buffer): Promise<Identity> {
    const { auth, secrets } = this.options;
    if (request.routeOptions.config.fromSlack) return this.identifySlack(request, body);
    if (auth === 'none') return localCaller(request, this.options.pages);
    const signed: SignedRequest = {
      ...{ method: request.method, url: request.url, body },
      sender: header(request, SignatureHeader.sender),
      timestamp: header(request, SignatureHeader.timestamp),
      signature: header(request, SignatureHeader.signature),
    };
    const identity = await signerOf(signed, auth, secrets, this.now);
    this.takeOnce(signed.signature);
    return identity;
  }

  /** A signed request that was not carried out may be sent again as it is. */
  forgive(request: FastifyRequest): void {
    const name = request.identity?.via === 'slack' ? SlackHeader.signature : SignatureHeader.signature;
    this.replays.forget(header(request, name));
  }

  /** A Slack user whom the settings do not name is somebody, too, but may do nothing. */
  private async identifySlack(request: FastifyRequest, body: Buffer): Promise<Identity> {
    const { auth, secrets, slack } = this.options;
    const signature = header(request, SlackHeader.signature);
    const signed = { signature, timestamp: header(request, SlackHeader.timestamp), body };
    const windowSeconds = auth === 'none' ? 0 : auth.replayWindowSeconds;
    const requestId = await checkSlackSignature(signed, slack, { secrets, windowSeconds, now: this.now });
    this.takeOnce(signature);
    const clicker = clickerOf(body.toString('utf8'));
    const isOurs = slack?.team === undefined || clicker?.team === slack.team;
    const known = isOurs ? slack?.users.find(({ id }) => id === clicker?.user) : undefined;
    const via = 'slack' as const;
    if (known === undefined) return { name: `slack:${clicker?.user ?? 'unknown'}`, via, roles: new Set(), requestId };
    return { name: known.name, via, roles: new Set(['approve']), groups: known.groups, requestId };
  }

  private takeOnce(signature: string): void {
    if (this.replays.add(signature)) return;
    throw new HttpProblem(401, 'SIGNATURE_REPLAYED', 'This very request was taken before.', {
      remedy: 'Sign each request at the moment of sending.',
    });
  }
}

const everybody: Identity = { name: 'anonymous', via: 'none', roles: new Set(bridgeRoles) };

/**
 * Without auth, whatever reaches the loopback address is let in, and that includes every web page in a browser of this
 * machine, also one that has its own name resolved to 127.0.0.1. Programs send no Origin and call us by our address.
 */
function localCaller(request: FastifyRequest, pages: readonly string[] = []): Identity {
  const isOurs = request.headers.origin !== undefined && pages.includes(request.headers.origin);
  const fromPage = !isOurs && (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined);
  if (!fromPage && isLoopback(request.hostname.replace(/^\[(.*)\]$/, '$1'))) return everybody;
  throw new HttpProblem(403, 'FORBIDDEN', 'With auth none, only programs on this machine are served, no web pages.', {
    remedy: 'Call http://127.0.0.1, or say in bridge.auth of the settings who may do what.',
  });
}

function unauthenticated(message: string): HttpProblem {
  return new HttpProblem(401, 'UNAUTHENTICATED', message, {
    remedy: 'Send a token as `Authorization: Bearer …`, or sign the request; see docs/bridge.md.',
    headers: { 'www-authenticate': 'Bearer realm="kubernaut"' },
  });
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated('The authorization header holds no bearer token.');
  return token;
}

/** Of the TLS connection; `authorized` says that our authority signed it and that it is valid now. */
function certificateOf(request: FastifyRequest, auth: BridgeAuth): Identity | undefined {
  const socket = request.raw.socket as Partial<TLSSocket>;
  if (auth.certificates.length === 0 || socket.authorized !== true) return undefined;
  const name = socket.getPeerCertificate?.().subject?.CN;
  const known = auth.certificates.find((each) => each.name === name);
  return known && { name: known.name, via: 'certificate', roles: new Set(known.roles), groups: known.groups };
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
