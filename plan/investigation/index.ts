/** From HolmesGPT's untrusted answer to a plan: pure, bounded, explained. */
export * from './investigation';
export { readAnswer, type HolmesAnswer } from './read-answer';
export * from './activity-io';
export { holmesAnswer, toolUse } from './holmes-answer';
export { fitInvestigation } from './fit';
export type { ReadOptions } from './read-options';
export type { OfferedAction, OfferedActions } from './offered-action';
export { answerSchema, responseFormat } from './response-format';
export {
  decideRemedy,
  defaultThresholds,
  lookedAtSomething,
  type Explanation,
  type RemedyDecision,
  type TriedStep,
} from './decide-remedy';
export { decidePlaybook, type PlaybookDecision } from './decide-playbook';
export { planOfRemedy, type PlanOfRemedyOptions, type RemedyPlan } from './plan-of-remedy';
