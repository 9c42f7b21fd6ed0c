import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { version } from '../../package.json';

export interface TracedCall {
  method: string;
  path: string;
  /** Verb and object: `patch Deployment shop/web`. */
  call: string;
  server: string;
}

/** Makes a call of an API server a span of the activity that it is made in; without one under way, it is just made. */
export async function tracedCall<T extends { status: number }>(
  { method, path, call, server }: TracedCall,
  send: () => Promise<T>,
): Promise<T> {
  if (trace.getActiveSpan()?.isRecording() !== true) return send();
  const { hostname, port } = new URL(server);
  const span = trace.getTracer('kubernaut', version).startSpan(call.split(' ', 2).join(' '), {
    kind: SpanKind.CLIENT,
    attributes: {
      'kubernaut.call': call,
      'http.request.method': method,
      'url.path': path,
      'server.address': hostname,
      ...(port !== '' && { 'server.port': Number(port) }),
    },
  });
  try {
    const answer = await context.with(trace.setSpan(context.active(), span), send);
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR, message: `HTTP ${answer.status}` });
    return answer;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : 'failed' });
    throw error;
  } finally {
    span.end();
  }
}
