/** One thing that must work before this process is of use. */
export interface Check {
  /** `temporal`, `cluster prod`, `workers`. */
  component: string;
  /** false: the process is of use without it, too; it is named as not ready, but does not make the whole so. Default true. */
  required?: boolean;
  /** Resolves with a short word on how it is; rejects with the reason why it is not. */
  probe(): Promise<string>;
}

export interface ComponentState {
  component: string;
  ready: boolean;
  /** Why not, or how it is. */
  reason: string;
  /** false: not needed for the whole to be ready. */
  required?: false;
}

export interface Readiness {
  ready: boolean;
  components: ComponentState[];
}

/** A probe that hangs must not make the answer hang: kubelet gives up after a second and learns nothing. */
const PROBE_TIMEOUT_MS = 5_000;

/** One that need not be ready must not make the others look bad, either, by making kubelet wait. */
const OPTIONAL_TIMEOUT_MS = 800;

/** Runs all checks side by side. Ready only when every required one is. */
export async function readiness(checks: readonly Check[], timeoutMs = PROBE_TIMEOUT_MS): Promise<Readiness> {
  const components = await Promise.all(
    checks.map((check) =>
      probe(check, check.required === false ? Math.min(timeoutMs, OPTIONAL_TIMEOUT_MS) : timeoutMs),
    ),
  );
  return { ready: components.every(({ ready, required }) => ready || required === false), components };
}

async function probe({ component, required, probe }: Check, timeoutMs: number): Promise<ComponentState> {
  const named = { component, ...(required === false && { required }) };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return { ...named, ready: true, reason: await Promise.race([probe(), tooLate]) };
  } catch (error) {
    return { ...named, ready: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
