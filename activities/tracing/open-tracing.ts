import { context, diag, DiagLogLevel, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { type IResource, Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { TracingSettings } from '../../config/sections/tracing';
import { version } from '../../package.json';
import type { Secrets } from '../secrets';
import { SafeExporter } from './safe-exporter';

/** The tracing of one process. */
export interface Tracing {
  tracer: Tracer;
  resource: IResource;
  /** Takes spans that were made elsewhere, in the sandbox of the workflows. */
  processor: SpanProcessor;
  /** Sends what is still there, for at most some seconds. */
  close(): Promise<void>;
}

export interface OpenTracingOptions {
  /** `kubernaut-worker`, `kubernaut-bridge`. */
  service: string;
  secrets: Secrets;
  /** Of exports that do not get through; the work goes on. */
  warn(message: string): void;
}

const EXPORT_TIMEOUT_MS = 5_000;

/**
 * Starts to send spans where the settings say. OpenTelemetry's context and provider are one per process, by its own design: of
 * two in one process the first one's count.
 *
 * @throws KubernautError PRECONDITION_FAILED when a header's secret is missing
 */
export async function openTracing(settings: TracingSettings, options: OpenTracingOptions): Promise<Tracing> {
  const { service, secrets, warn } = options;
  const headers = await Promise.all(
    Object.entries(settings.headers).map(async ([name, ref]) => [name, await secrets.read(ref)] as const),
  );
  const resource = new Resource({ 'service.name': service, 'service.version': version });
  const exporter = new OTLPTraceExporter({
    ...{ url: settings.url, headers: Object.fromEntries(headers), timeoutMillis: EXPORT_TIMEOUT_MS },
  });
  const processor = new BatchSpanProcessor(new SafeExporter(exporter), { exportTimeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [processor],
  });
  const isFirst = trace.setGlobalTracerProvider(provider);
  if (isFirst) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    diag.setLogger(diagLogger(warn), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  }
  return {
    ...{ tracer: provider.getTracer('kubernaut', version), resource, processor },
    async close() {
      await provider.shutdown();
      if (!isFirst) return;
      for (const api of [trace, context, propagation, diag]) api.disable();
    },
  };
}

function diagLogger(warn: (message: string) => void) {
  // Its further arguments are answers of the collector, of any size.
  const say = (message: string): void => warn(`tracing: ${message.slice(0, 500)}`);
  const nothing = (): void => undefined;
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}
