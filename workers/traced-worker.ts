import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { Tracing } from '../activities/tracing/open-tracing';

/** Of the package's interceptors, as in workflows/tracing.ts. */
const TRACE_HEADER = '_tracer-data';

/** Activities of traced runs as spans; those of others are none, rather than each a trace of its own. */
export function activityTracing({ tracer }: Tracing): ActivityInterceptorsFactory {
  return (ctx) => {
    const traced = new OpenTelemetryActivityInboundInterceptor(ctx, { tracer });
    return {
      inbound: {
        execute: (input, next) =>
          input.headers[TRACE_HEADER] === undefined ? next(input) : traced.execute(input, next),
      },
    };
  };
}

/** Where the spans of workflows go: nowhere without tracing, but a traced run needs the sink to be there. */
export function workflowSpans(tracing: Tracing | undefined): InjectedSinks<OpenTelemetrySinks> {
  if (tracing === undefined) return { exporter: { export: { fn: () => {}, callDuringReplay: false } } };
  const exporter = makeWorkflowExporter(tracing.processor, tracing.resource);
  return { exporter: { export: { ...exporter.export, callDuringReplay: false } } };
}
