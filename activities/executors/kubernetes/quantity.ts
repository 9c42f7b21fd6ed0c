/**
 * Kubernetes quantities (`250m`, `1.5Gi`, `1e3`), exactly: numbers are whole billionths, the finest the API knows.
 * (client-node's `quantityToScalar` goes through floating point and cannot read `1.5Gi`.)
 */
export interface Quantity {
  /** Value × 10⁹. */
  nano: bigint;
  /** How it is written: `1Gi` · `1G`, `250m` · `1e9`. Kept by arithmetic, as the API does. */
  format: 'binary' | 'decimal' | 'exponent';
}

const NANO = 1_000_000_000n;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL: ReadonlyArray<readonly [suffix: string, exponent: number]> = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
];
const SYNTAX = /^([+-]?)(\d+)?(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,2})?$/;

/** Throws a RangeError for what is no quantity. More precision than a billionth is rounded up, as the API does. */
export function parseQuantity(text: string): Quantity {
  const [, sign, whole = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '')
    throw new RangeError(`${JSON.stringify(text)} is no Kubernetes quantity`);
  const digits = BigInt(whole + fraction);
  const binary = BINARY.indexOf(suffix as (typeof BINARY)[number]);
  const isBinary = suffix !== '' && binary > 0;
  const isExponent = /^[eE][+-]?\d/.test(suffix);
  const exponent = isExponent ? Number(suffix.slice(1)) : (DECIMAL.find(([each]) => each === suffix)?.[1] ?? 0);
  const factor = isBinary ? 1024n ** BigInt(binary) : 1n;
  const magnitude = scale(digits * factor, exponent + 9 - fraction.length);
  return {
    nano: sign === '-' ? -magnitude : magnitude,
    format: isBinary ? 'binary' : isExponent ? 'exponent' : 'decimal',
  };
}

export function isQuantity(text: string): boolean {
  return SYNTAX.test(text) && /\d/.test(text);
}

/** Negative, zero or positive, as `Array.sort` wants it. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** In the format of `a`. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.format };
}

/** `factor` is taken as it is written in decimal: 1.1 is eleven tenths. The result is rounded up to a billionth. */
export function multiplyQuantity(quantity: Quantity, factor: number): Quantity {
  const by = parseQuantity(String(factor));
  return { nano: ceilDiv(quantity.nano * by.nano, NANO), format: quantity.format };
}

/** Rounds up to a multiple of `unit`. */
export function ceilTo(quantity: Quantity, unit: Quantity): Quantity {
  return { nano: ceilDiv(quantity.nano, unit.nano) * unit.nano, format: quantity.format };
}

/** The canonical form that the API server would write: no fraction, the largest suffix that allows that. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano < 0n) return `-${formatQuantity({ nano: -nano, format })}`;
  if (nano === 0n) return '0';
  // Below 1024 or with a fraction the API itself leaves the binary form.
  if (format === 'binary' && nano % NANO === 0n && nano >= 1024n * NANO) {
    let value = nano / NANO;
    let power = 0;
    for (; value % 1024n === 0n && power < BINARY.length - 1; power++) value /= 1024n;
    return `${value}${BINARY[power]}`;
  }
  for (const [suffix, exponent] of DECIMAL) {
    const unit = 10n ** BigInt(exponent + 9);
    if (nano % unit !== 0n) continue;
    if (format === 'exponent' && exponent !== 0) return `${nano / unit}e${exponent}`;
    return `${nano / unit}${suffix}`;
  }
  return `${nano}n`;
}

function scale(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : ceilDiv(value, 10n ** BigInt(-exponent));
}

function ceilDiv(value: bigint, by: bigint): bigint {
  return value / by + (value % by > 0n ? 1n : 0n);
}
