import { z } from 'zod';
import { PolicyMode } from '../../plan/policy/decision';
import { namePatternSchema } from '../name-pattern';

const mode = z.enum(PolicyMode);

const place = z
  .strictObject({
    clusters: z.array(namePatternSchema).min(1).optional().describe('By name or pattern: `prod-*`. Default: all.'),
    namespaces: z
      .array(namePatternSchema)
      .min(1)
      .optional()
      .describe('By name or pattern; objects outside any namespace are not meant then. Default: all.'),
    mode: mode.describe('`observe`, `approve` or `auto`.'),
  })
  .refine(({ clusters, namespaces }) => clusters !== undefined || namespaces !== undefined, {
    error: 'give clusters, namespaces or both; the mode of all other places is policy.mode',
  });

/** `policy` of kubernaut.yaml. Paths are relative to the settings file. */
export const policySettingsSchema = z.strictObject({
  files: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Policy files, or folders of which every `*.yaml`, `*.yml` and `*.json` is one. Read again when they change.',
    ),
  defaults: z
    .boolean()
    .default(true)
    .describe('The guardrails that Kubernaut brings (`policies/default.yaml`) hold, too. Default true.'),
  mode: mode
    .default(PolicyMode.observe)
    .describe(
      'How far Kubernaut may go: `observe` previews and changes nothing, `approve` asks a person before every change, `auto` goes unless a rule asks or denies. Default `observe`.',
    ),
  places: z
    .array(place)
    .default([])
    .describe('Other modes for some clusters and namespaces; the first that fits counts.'),
  ownNamespaces: z
    .array(z.string().min(1).max(63))
    .default([])
    .describe(
      'Namespaces that Kubernaut runs in, whichever cluster: `target.own`, and the default policies deny every change there. That of the worker’s own pod is always one of them.',
    ),
  selfApproval: z
    .boolean()
    .default(false)
    .describe('Whoever asks for a change of medium or high risk may approve it, too. Default false.'),
});

export type PolicySettings = z.output<typeof policySettingsSchema>;

export function withPolicyPaths(policy: PolicySettings, absolute: (path: string) => string): PolicySettings {
  return { ...policy, files: policy.files.map(absolute) };
}
