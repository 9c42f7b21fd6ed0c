/** The yardstick: a workflow of nothing but activities that do nothing. */
export interface BareInput {
  parallel: number;
  sequential: number;
}

export interface BareActivities {
  noop(): Promise<void>;
}

export const BARE_TASK_QUEUE = 'bench-bare';
