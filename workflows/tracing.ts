import type * as Otel from '@opentelemetry/api';
import type * as TemporalOtel from '@temporalio/interceptors-opentelemetry/lib/workflow';
import type {
  Next,
  WorkflowExecuteInput,
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

/** Of the package's interceptors; whoever starts a traced run puts it there. */
const TRACE_HEADER = '_tracer-data';

/**
 * Traces runs that were started with a trace, and only those: whether a run is traced stands in its history and not in the
 * settings of a worker, so that every worker replays it alike. In all other runs nothing is loaded, and no promise is added.
 */
export function interceptors(): WorkflowInterceptors {
  let run: TracedRun | undefined;
  const inbound: WorkflowInboundCallsInterceptor = {
    execute(input, next) {
      if (input.headers[TRACE_HEADER] === undefined) return next(input);
      run = new TracedRun();
      return run.execute(input, next);
    },
    handleSignal(input, next) {
      if (run === undefined || input.headers[TRACE_HEADER] === undefined) return next(input);
      return run.inbound.handleSignal(input, next);
    },
  };
  const outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) =>
      run?.inStep(input.args, (lib) => lib.scheduleActivity(input, next)) ?? next(input),
    scheduleLocalActivity: (input, next) => run?.inRun((lib) => lib.scheduleLocalActivity(input, next)) ?? next(input),
    startChildWorkflowExecution: (input, next) =>
      run?.inRun((lib) => lib.startChildWorkflowExecution(input, next)) ?? next(input),
    signalWorkflow: (input, next) => run?.inRun((lib) => lib.signalWorkflow(input, next)) ?? next(input),
    continueAsNew: (input, next) => run?.inRun((lib) => lib.continueAsNew(input, next)) ?? next(input),
  };
  return { inbound: [inbound], outbound: [outbound] };
}

interface StepSpan {
  span: Otel.Span;
  context: Otel.Context;
  /** Workflow time in ms. */
  endedAt: number;
}

/**
 * The spans of one run. What it does belongs to its own trace, whoever's message made it do so: an approval, or a guard that
 * lets it go on, comes with a trace of its own.
 */
class TracedRun {
  private readonly api = require('@opentelemetry/api') as typeof Otel;
  private readonly lib = require('@temporalio/interceptors-opentelemetry/lib/workflow') as typeof TemporalOtel;
  readonly inbound = new this.lib.OpenTelemetryInboundInterceptor();
  private readonly outbound = new this.lib.OpenTelemetryOutboundInterceptor();
  private readonly steps = new Map<string, StepSpan>();
  private root = this.api.ROOT_CONTEXT;

  execute(input: WorkflowExecuteInput, next: Next<WorkflowInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    return this.inbound.execute(input, async (given) => {
      this.root = this.api.context.active();
      try {
        return await next(given);
      } finally {
        // A run that continues as new ends them, too: the next one's are its own.
        for (const { span, endedAt } of this.steps.values()) span.end(endedAt);
      }
    });
  }

  inRun<T>(call: (lib: TemporalOtel.OpenTelemetryOutboundInterceptor) => T): T {
    return this.api.context.with(this.root, () => call(this.outbound));
  }

  /** In the span of the step that the activity is a phase of; others are of the run itself. */
  inStep<T>(
    args: readonly unknown[],
    call: (lib: TemporalOtel.OpenTelemetryOutboundInterceptor) => Promise<T>,
  ): Promise<T> {
    const step = this.stepOf(args[0]);
    if (step === undefined) return this.inRun(call);
    const done = this.api.context.with(step.context, () => call(this.outbound));
    return done.finally(() => {
      step.endedAt = Date.now();
    });
  }

  private stepOf(input: unknown): StepSpan | undefined {
    const { stepId, action, operationId } = ((input as { step?: object } | undefined)?.step ?? {}) as Record<
      string,
      unknown
    >;
    if (typeof stepId !== 'string') return undefined;
    const known = this.steps.get(stepId);
    if (known !== undefined) return known;
    const span = this.api.trace.getTracer('kubernaut').startSpan(
      `Step:${String(action)}`,
      {
        attributes: {
          'kubernaut.step': stepId,
          'kubernaut.action': String(action),
          'kubernaut.operation': String(operationId),
        },
      },
      this.root,
    );
    const made = { span, context: this.api.trace.setSpan(this.root, span), endedAt: Date.now() };
    this.steps.set(stepId, made);
    return made;
  }
}
