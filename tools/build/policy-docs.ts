import { defaultPolicyFile, readPolicyFile } from '../../activities/policy/load-policies';
import { effectOf } from '../../client/cli/commands/policy-show';
import { code, table } from './markdown';

/** The table of docs/policy.md: the rules that hold unless they are replaced. */
export function defaultPolicyTable(): string {
  const { policy } = readPolicyFile(defaultPolicyFile());
  return table(
    ['rule', 'effect', 'why', 'when'],
    (policy?.spec.rules ?? []).map((rule) => [
      code(rule.name),
      effectOf(rule),
      rule.reason,
      rule.when === undefined ? 'always' : code(rule.when.replace(/\s+/g, ' ')),
    ]),
  );
}
