import type { Json } from '../../../plan/json';
import type { FieldChange } from '../../../plan/step-io';
import type { PolicyView, Preview, StepPreview } from '../../../plan/steering';
import { targetName } from '../../search-attributes';
import type { Colors } from './colors';
import { policyLine, problemLine } from './status-view';
import { oneLine } from './table';

/** What would happen, step by step, in full: an approver must be able to see everything that the digest binds. */
export function renderPreview(preview: Preview, colors: Colors): string {
  const digest = preview.digest === undefined ? [] : ['', `digest  ${colors.bold(preview.digest)}`];
  const policy =
    preview.policy === undefined
      ? []
      : ['', `policy  ${policyLine(preview.policy)}`, ...preview.policy.rules.map(ruleLine)];
  return [...preview.steps.map((step, index) => renderStep(step, index + 1, colors)), ...policy, ...digest].join('\n');
}

function ruleLine({ rule, verdict, reason, step }: PolicyView['rules'][number]): string {
  return `  ${verdict}  ${rule}${step === undefined ? '' : ` (step ${step})`}: ${oneLine(reason)}`;
}

function renderStep(step: StepPreview, number: number, colors: Colors): string {
  const target = step.target === undefined ? '' : `  ${step.target.cluster}: ${targetName(step.target)}`;
  const facts = [
    `risk ${step.risk}`,
    step.reversibility,
    ...(step.approvalRequired ? ['asks for approval'] : []),
    ...(step.noEffect ? ['nothing to do'] : []),
  ];
  const lines = [
    oneLine(step.summary),
    colors.dim(facts.join(' · ')),
    ...renderDiff(step.diff, colors),
    ...(step.checks ?? []).map((check) => `verify  ${oneLine(check)}`),
    ...(step.after === undefined ? [] : [colors.dim(`as it will be after ${step.after.join(', ')}`)]),
    ...(step.knownAfter.length > 0 ? [colors.dim(`known after ${step.knownAfter.join(', ')}`)] : []),
    ...step.warnings.map((warning) => colors.yellow(`! ${oneLine(warning)}`)),
    ...(step.problem === undefined ? [] : [colors.red(`✗ ${problemLine(step.problem)}`)]),
  ].filter((line) => line !== '');
  return [`${number}. ${colors.bold(step.id)}  ${step.action}${target}`, ...lines.map((line) => `   ${line}`)].join(
    '\n',
  );
}

function renderDiff(diff: readonly FieldChange[], colors: Colors): string[] {
  const width = Math.max(0, ...diff.map((change) => change.path.length));
  return diff.map(({ path, before, after }) => {
    const change = `${colors.red(valueText(before))} → ${colors.green(valueText(after))}`;
    return `${path.padEnd(width)}  ${change}`;
  });
}

function valueText(value: Json | undefined): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}
