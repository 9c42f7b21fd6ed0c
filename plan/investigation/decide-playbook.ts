import { defaultThresholds, lookedAtSomething } from './decide-remedy';
import type { Investigation } from './investigation';

/** Whether the playbook that HolmesGPT chose is carried out, and why, or why not. */
export interface PlaybookDecision {
  name: string;
  taken: boolean;
  why: string;
  /** Why a person must approve, beyond what the playbook itself says; empty: nobody needs to. */
  askBecause: string[];
}

/**
 * A chosen playbook comes before all recommendations: it was written and tried by people. Evidence and confidence are asked of
 * it as of them; its risk is not looked at, since its own `approval` has the operators' word on that. Undefined: none was chosen.
 */
export function decidePlaybook({
  playbook,
  tools,
  thresholds = defaultThresholds,
}: Investigation): PlaybookDecision | undefined {
  if (playbook === undefined) return undefined;
  const { name, confidence } = playbook;
  const { minConfidence, needsEvidence, automatic } = thresholds;
  const left = (why: string) => ({ name, taken: false, why, askBecause: [] });
  if (needsEvidence && !tools.some(lookedAtSomething)) return left('HolmesGPT has not looked at anything');
  if (confidence < minConfidence) return left(`confidence ${confidence} is below ${minConfidence}`);
  const askBecause =
    automatic === undefined
      ? ['every choice of HolmesGPT is approved by a person here']
      : confidence < automatic.minConfidence
        ? [`playbook ${name}: confidence ${confidence}, below ${automatic.minConfidence}`]
        : [];
  return { name, taken: true, why: `HolmesGPT chose it, confidence ${confidence}`, askBecause };
}
