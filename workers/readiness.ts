/** One thing that must work before this process is of use. */
export interface Check {
  /** `temporal`, `cluster prod`, `workers`. */
  component: string;
  /** Resolves with a short word on how it is; rejects with the reason why it is not. */
  probe(): Promise<string>;
}

export interface ComponentState {
  component: string;
  ready: boolean;
  /** Why not, or how it is. */
  reason: string;
}

export interface Readiness {
  ready: boolean;
  components: ComponentState[];
}

/** A probe that hangs must not make the answer hang: kubelet gives up after a second and learns nothing. */
const PROBE_TIMEOUT_MS = 5_000;

/** Runs all checks side by side. Ready only when every one is. */
export async function readiness(checks: readonly Check[], timeoutMs = PROBE_TIMEOUT_MS): Promise<Readiness> {
  const components = await Promise.all(checks.map((check) => probe(check, timeoutMs)));
  return { ready: components.every(({ ready }) => ready), components };
}

async function probe({ component, probe }: Check, timeoutMs: number): Promise<ComponentState> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return { component, ready: true, reason: await Promise.race([probe(), tooLate]) };
  } catch (error) {
    return { component, ready: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
