import { stringify } from 'yaml';
import type { ActionRule, ActionRules } from '../../../config/sections/action-rules';
import type { JsonObject } from '../../../plan/json';
import type { ActionDetails } from '../../action-details';
import { type ParamRow, paramRows } from '../param-rows';
import type { Colors } from './colors';
import { oneLine, renderFields, renderTable } from './table';

export function renderActions(actions: readonly ActionDetails[], colors: Colors): string {
  const ruled = actions.some(({ rules }) => rules.length > 0);
  return renderTable(
    ['NAME', 'EXECUTOR', 'RISK', 'UNDO', 'DISRUPTS', ...(ruled ? ['RULES'] : []), 'DESCRIPTION'].map(colors.dim),
    actions.map((action) => [
      action.name,
      action.executor,
      riskText(action, colors),
      action.readOnly ? 'read-only' : action.reversibility,
      action.disruption,
      ...(ruled ? [action.rules.map((rule) => `${rule.deny ? 'denied' : 'narrowed'}: ${rule.name}`).join(', ')] : []),
      oneLine(action.description),
    ]),
  );
}

/** Everything about one action: when to use it, its parameters, what it needs, and examples to copy. */
export function renderAction(action: ActionDetails, colors: Colors): string {
  const title = (text: string): string => colors.bold(text);
  return [
    `${title(action.name)} — ${oneLine(action.description)}`,
    '',
    renderFields([
      ['executor', action.executor],
      ['risk', riskText(action, colors)],
      ['undo', action.readOnly ? 'read-only: nothing to undo' : action.reversibility],
      ['disrupts', action.disruption],
      ['target', action.targetKinds.length === 0 ? 'none' : action.targetKinds.join(', ')],
      ['use it', oneLine(action.whenToUse)],
      ['not', oneLine(action.whenNotToUse)],
    ]),
    '',
    title('Parameters'),
    renderParams(paramRows(action.params), colors),
    '',
    title('Permissions'),
    renderPermissions(action, colors),
    ...(action.rules.length === 0 ? [] : ['', title('Rules'), renderRules(action.rules, colors)]),
    ...action.examples.flatMap((example) => [
      '',
      title(`Example: ${example.title}`),
      exampleStep(action.name, example.target as JsonObject | undefined, example.params),
    ]),
  ].join('\n');
}

function renderParams(rows: readonly ParamRow[], colors: Colors): string {
  if (rows.length === 0) return 'none';
  return renderTable(
    ['NAME', 'TYPE', 'REQUIRED', 'DEFAULT', 'DESCRIPTION'].map(colors.dim),
    rows.map((row) => [row.name, row.type, row.required ? 'yes' : '', row.default ?? '', row.description]),
  );
}

function renderPermissions(action: ActionDetails, colors: Colors): string {
  if (action.permissions.length === 0) return 'none';
  return renderTable(
    ['API GROUP', 'RESOURCE', 'VERBS'].map(colors.dim),
    action.permissions.map(({ apiGroup, resource, verbs }) => [
      apiGroup === '' ? '(core)' : apiGroup,
      resource,
      verbs.join(', '),
    ]),
  );
}

/** Where it is denied or narrowed by the settings, and why. */
function renderRules(rules: ActionRules, colors: Colors): string {
  return renderTable(
    ['NAME', 'WHERE', 'WHAT', 'WHY'].map(colors.dim),
    rules.map((rule) => [rule.name, whereOf(rule), rule.deny ? colors.red('denied') : limitsOf(rule), rule.reason]),
  );
}

function whereOf({ clusters, environments, namespaces }: ActionRule): string {
  const parts = [
    clusters && `clusters ${clusters.join(', ')}`,
    environments && `environments ${environments.join(', ')}`,
    namespaces && `namespaces ${namespaces.join(', ')}`,
  ].filter((part) => part !== undefined);
  return parts.join('; ') || 'everywhere';
}

/** `replicas max 20`; what may be left out is not said. */
function limitsOf({ params, changes }: ActionRule): string {
  return Object.entries({ ...params, ...changes })
    .map(([path, allowed]) => {
      const said = Object.entries(allowed).filter(([word]) => word !== 'optional');
      const limits = said.map(([word, limit]) => `${word} ${JSON.stringify(limit)}`);
      return `${path} ${limits.join(' ')}`;
    })
    .join('; ');
}

/** As a step, ready to be pasted below `spec.steps`. */
function exampleStep(action: string, target: JsonObject | undefined, params: JsonObject): string {
  const step = {
    id: action.replaceAll('_', '-'),
    action,
    ...(target === undefined ? {} : { target }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
  return stringify([step], { lineWidth: 0 }).trimEnd();
}

function riskText({ risk }: ActionDetails, colors: Colors): string {
  if (risk === 'high') return colors.red(risk);
  return risk === 'medium' ? colors.yellow(risk) : colors.green(risk);
}
