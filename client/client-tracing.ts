import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import type { Tracer } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';

/** Starts, signals and updates as spans that go with the message; questions are not, for whoever watches asks every second. */
export function clientTracing(tracer: Tracer): WorkflowClientInterceptor {
  const traced = new OpenTelemetryWorkflowClientInterceptor({ tracer });
  return {
    start: (input, next) => traced.start(input, next),
    startWithDetails: (input, next) => traced.startWithDetails(input, next),
    signal: (input, next) => traced.signal(input, next),
    signalWithStart: (input, next) => traced.signalWithStart(input, next),
    startUpdate: (input, next) => traced.startUpdate(input, next),
  };
}
