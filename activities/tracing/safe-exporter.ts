import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { redactText, sanitizeMessage } from '../redact';

/** All that a span may tell; whatever else an interceptor puts into one (a workflow's memo, its last result) stays here. */
const KEPT: ReadonlySet<string> = new Set([
  ...['temporalWorkflowId', 'temporalActivityId', 'temporalUpdateId', 'run_id'],
  ...['workflowId', 'runId', 'workflowType', 'taskQueue', 'attempt'],
  ...['kubernaut.step', 'kubernaut.action', 'kubernaut.operation', 'kubernaut.call', 'kubernaut.cluster'],
  ...['http.request.method', 'http.route', 'http.response.status_code', 'url.path', 'server.address', 'server.port'],
  ...['exception.type', 'exception.message'],
]);
const MAX_TEXT = 512;

/** Hands spans on without what is nobody's business: unknown attributes, stack traces, and what looks like a credential. */
export class SafeExporter implements SpanExporter {
  constructor(private readonly inner: SpanExporter) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.inner.export(spans.map(cleaned), done);
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.inner.forceFlush?.();
  }
}

function cleaned(span: ReadableSpan): ReadableSpan {
  const { message, ...status } = span.status;
  // Not a spread: what is a method or a getter of the span must stay one.
  return Object.create(span, {
    attributes: { value: kept(span.attributes) },
    status: { value: { ...status, ...(message !== undefined && { message: sanitizeMessage(message, MAX_TEXT) }) } },
    events: {
      value: span.events.map((event) => ({
        ...event,
        ...(event.attributes && { attributes: kept(event.attributes) }),
      })),
    },
    links: { value: [] },
  }) as ReadableSpan;
}

function kept(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => KEPT.has(name))
      .map(([name, value]) => [name, typeof value === 'string' ? redactText(value).slice(0, MAX_TEXT) : value]),
  );
}
