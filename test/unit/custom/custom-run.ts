import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { systemClock } from '../../../activities/clock';
import type { ActionContext } from '../../../activities/contract';
import { createExecutor } from '../../../activities/executor';
import { customActions } from '../../../activities/executors/custom';
import { toFailure } from '../../../activities/failure';
import { environmentSecrets } from '../../../activities/secrets';
import { defaultActionSettings } from '../../../config/action-settings';
import { customActionsSchema } from '../../../config/sections/custom-actions';
import type { JsonObject } from '../../../plan/json';
import type { Effect, Evidence, Validation } from '../../../plan/step-io';

/** Stands in for every secret of these tests; whatever people or history get to see must not hold it. */
export const CANARY = 'canary-7f3a9c51';

export interface CustomRun {
  options: CustomRunOptions;
  validate(): Promise<Validation>;
  execute(validation: Validation, attempt?: number): Promise<Effect>;
  verify(validation: Validation, effect: Effect): Promise<Evidence>;
  rollback(validation: Validation, effect?: Effect): Promise<Effect>;
  abort: AbortController;
  /** All that left the action: results, errors as history has them, log lines, progress. */
  seen(): string;
}

export interface CustomRunOptions {
  action: string;
  params: JsonObject;
  /** `actions.custom` as a person writes it. */
  settings?: z.input<typeof customActionsSchema>;
  /** Variables that secrets refer to. */
  env?: Record<string, string>;
  operationId?: string;
  deadlineMs?: number;
}

/** One step of a custom action without Temporal, through the executor as in production. */
export function runCustom(options: CustomRunOptions): CustomRun {
  const {
    action,
    params,
    settings = {},
    env = { SECRET: CANARY },
    operationId = 'remediation/shop/1/step',
    deadlineMs = 20_000,
  } = options;
  const executor = createExecutor('custom', [], customActions);
  const step = { operationId, stepId: 'step', action, cluster: 'test', params };
  const abort = new AbortController();
  const seen: unknown[] = [];
  const line = (message: string, fields?: JsonObject) => void seen.push(message, fields);
  const context = (attempt = 1) =>
    ({
      operationId,
      attempt,
      settings: { ...defaultActionSettings, custom: customActionsSchema.parse(settings) },
      secrets: environmentSecrets(env),
      clock: systemClock,
      log: { info: line, warn: line },
      signal: abort.signal,
      deadline: Date.now() + deadlineMs,
      progress: line,
    }) as unknown as ActionContext;
  const recorded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      seen.push(result);
      return result;
    } catch (error) {
      const failure = toFailure(error, action);
      seen.push(failure.message, failure, (error as Error).message, (error as Error).stack);
      throw error;
    }
  };
  return {
    options,
    abort,
    validate: () => recorded(executor.validate(context(), step)),
    execute: (validation, attempt) => recorded(executor.execute(context(attempt), step, validation)),
    verify: (validation, effect) => recorded(executor.verify(context(), step, validation, effect)),
    rollback: (validation, effect) => recorded(executor.rollback(context(), step, validation, effect)),
    seen: () => JSON.stringify(seen),
  };
}

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface LocalServer {
  port: number;
  url: string;
  requests: ReceivedRequest[];
  close(): Promise<void>;
}

/** A real HTTP server on this machine that remembers what it was sent. */
export async function localServer(
  answer: (request: ReceivedRequest, response: ServerResponse) => void = (_request, response) => response.end('{}'),
  host = '127.0.0.1',
): Promise<LocalServer> {
  const requests: ReceivedRequest[] = [];
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The code and message of what a promise fails with. */
export function failureOf(promise: Promise<unknown>): Promise<{ code?: string; message: string }> {
  return promise.then(
    (value) => ({ message: `nothing was thrown, but this returned: ${JSON.stringify(value)}` }),
    (error: { code?: string; message: string }) => error,
  );
}
