import type { JsonObject } from '../../../../plan/json';
import {
  addQuantities,
  ceilTo,
  compareQuantities,
  formatQuantity,
  multiplyQuantity,
  parseQuantity,
  type Quantity,
} from '../quantity';

export interface ResourceField {
  resource: 'cpu' | 'memory';
  side: 'requests' | 'limits';
}

export const resourceFields: readonly ResourceField[] = [
  { resource: 'cpu', side: 'requests' },
  { resource: 'cpu', side: 'limits' },
  { resource: 'memory', side: 'requests' },
  { resource: 'memory', side: 'limits' },
];

export type Change = { to: Quantity } | { by: Quantity; cap?: Quantity } | { factor: number; cap?: Quantity };

export interface Raise {
  raised: Array<{ field: ResourceField; from: string | undefined; to: string }>;
  problems: string[];
  notes: string[];
}

/** Products are rounded up to a step that people write. */
const STEP = { cpu: parseQuantity('1m'), memory: parseQuantity('1Mi') } as const;

/**
 * Pure: what the fields of one container become. Never lower than they are — also not in effect: a limit where there was none
 * lowers the container from unlimited, and a request below the limit that stood in for it lowers what the scheduler reserves.
 * Never a request above its limit.
 */
export function raise(
  resources: JsonObject | undefined,
  changes: ReadonlyArray<readonly [ResourceField, Change]>,
): Raise {
  const result: Raise = { raised: [], problems: [], notes: [] };
  const after = new Map<string, Quantity>();
  for (const [field, change] of changes) {
    const text = textOf(resources, field);
    const name = `${field.resource} ${field.side.slice(0, -1)}`;
    const floor = text ?? (field.side === 'requests' ? textOf(resources, { ...field, side: 'limits' }) : undefined);
    const now = floor === undefined ? undefined : parseQuantity(floor);
    if (field.side === 'limits' && text === undefined) {
      result.problems.push(`it has no ${name}: setting one would lower it`);
      continue;
    }
    if (now === undefined && !('to' in change)) {
      result.problems.push(`it has no ${name} to add to`);
      continue;
    }
    const wished = targetOf(change, now, field.resource);
    const order = now === undefined ? 1 : compareQuantities(wished, now);
    if (order < 0 && 'to' in change)
      result.problems.push(`${name} ${formatQuantity(wished)} is less than it has (${floor})`);
    if (order <= 0 && !('to' in change)) result.notes.push(`${name} is at its cap already (${floor})`);
    if (order > 0 || (order === 0 && text === undefined)) {
      after.set(`${field.side}.${field.resource}`, wished);
      result.raised.push({ field, from: text, to: formatQuantity(wished) });
    }
  }
  for (const resource of ['cpu', 'memory'] as const) {
    const [request, limit] = (['requests', 'limits'] as const).map((side) => {
      const text = textOf(resources, { resource, side });
      return after.get(`${side}.${resource}`) ?? (text === undefined ? undefined : parseQuantity(text));
    });
    if (request && limit && compareQuantities(request, limit) > 0) {
      result.problems.push(
        `${resource} request ${formatQuantity(request)} would be above its limit ${formatQuantity(limit)}`,
      );
    }
  }
  return result;
}

function targetOf(change: Change, now: Quantity | undefined, resource: 'cpu' | 'memory'): Quantity {
  if ('to' in change) return change.to;
  const base = now ?? parseQuantity('0');
  const wished =
    'by' in change ? addQuantities(base, change.by) : ceilTo(multiplyQuantity(base, change.factor), STEP[resource]);
  return change.cap && compareQuantities(wished, change.cap) > 0 ? change.cap : wished;
}

function textOf(resources: JsonObject | undefined, { side, resource }: ResourceField): string | undefined {
  const value = (resources?.[side] as JsonObject | undefined)?.[resource];
  // The API also takes plain numbers; it sends texts.
  return value === undefined ? undefined : String(value);
}
