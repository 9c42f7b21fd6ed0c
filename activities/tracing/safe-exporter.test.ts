import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { parseSettings } from '../../config/parse-settings';
import { SafeExporter } from './safe-exporter';

const CANARY = 'c4n4ry-5ecret-0123456789';

function exported(span: object): ReadableSpan {
  const got: ReadableSpan[] = [];
  const inner = { export: (spans: ReadableSpan[]) => void got.push(...spans), shutdown: async () => undefined };
  new SafeExporter(inner).export([span as ReadableSpan], () => undefined);
  return got[0]!;
}

test('a span tells what is on the list, and nothing that looks like a credential', () => {
  class Span {
    name = 'patch Secret';
    attributes = {
      'kubernaut.call': `patch Secret shop/db with token=${CANARY}`,
      'http.response.status_code': 200,
      memo: { secret: CANARY },
      lastResult: CANARY,
      'url.path': 'x'.repeat(5000),
    };
    status = { code: 2, message: `Authorization: Bearer ${CANARY}\n    at somewhere (file.ts:1:1)` };
    events = [
      {
        name: 'exception',
        time: [0, 0],
        attributes: {
          'exception.message': `password=${CANARY}`,
          'exception.stacktrace': `Error: ${CANARY}`,
          'exception.type': 'Error',
        },
      },
    ];
    links = [{ attributes: { anything: CANARY } }];
    spanContext() {
      return { traceId: this.name };
    }
  }
  const span = exported(new Span());
  const seen = { attributes: span.attributes, status: span.status, events: span.events, links: span.links };
  expect(JSON.stringify(seen)).not.toContain(CANARY);
  expect(Object.keys(span.attributes).sort()).toEqual(['http.response.status_code', 'kubernaut.call', 'url.path']);
  expect(span.attributes['kubernaut.call']).toMatch(/^patch Secret shop\/db with token=/);
  expect(String(span.attributes['url.path']).length).toBeLessThanOrEqual(512);
  expect(Object.keys(span.events[0]!.attributes!).sort()).toEqual(['exception.message', 'exception.type']);
  // What is a method stays one.
  expect([span.name, span.spanContext().traceId]).toEqual(['patch Secret', 'patch Secret']);
});

test('bad settings are refused, all problems at once, each with its path', () => {
  const tracing = { url: 'http://me:pass@collector', headers: { 'a b': { env: 'X' } }, sampleRatio: 2, on: true };
  expect(() => parseSettings({ tracing }, 'a test')).toThrow(
    /tracing\.url: must not hold credentials[^]*tracing\.headers[^]*tracing\.sampleRatio[^]*tracing\.on/,
  );
  expect(() => parseSettings({ tracing: { url: 'collector:4318' } }, 'a test')).toThrow(/must be an http\(s\) URL/);
  expect(parseSettings({}, 'a test').tracing).toBeUndefined();
});
