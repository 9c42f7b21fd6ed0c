import { z } from 'zod';

/** Half of what a body of the bridge may have; plans themselves have a limit of their own. */
const MAX_PLAN_TEXT = 256 * 1024;

const EXAMPLE = `{"apiVersion":"kubernaut.dev/v1alpha1","kind":"RemediationPlan","metadata":{"name":"web-load","reason":"web is at its limit"},"spec":{"cluster":"prod","steps":[{"id":"scale","action":"scale_deployment","target":{"kind":"Deployment","namespace":"shop","name":"web"},"params":{"replicas":5}}]}}`;

/** A plan as an agent hands it in; the plan language's own checks name everything that is wrong with it. */
export const planInput = z
  .union([z.string().min(1).max(MAX_PLAN_TEXT), z.record(z.string(), z.unknown())])
  .describe(
    `A RemediationPlan, as a JSON object or as YAML or JSON text. Actions and their params: list_actions. Steps may depend on each other (dependsOn: [id]). For example ${EXAMPLE}`,
  );
