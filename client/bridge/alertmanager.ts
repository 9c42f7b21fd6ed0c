import { z } from 'zod';
import { type Alert, alertFingerprint, severityOf } from '../../plan/incident';

export type { Alert } from '../../plan/incident';

/** What became of one item of a webhook body: a good alert is never lost because of a bad neighbour. */
export type AlertResult = { ok: true; alert: Alert } | { ok: false; index: number; problem: string };

/** Labels identify an alert and are never cut; one with more of them than this is no sane alert. */
const MAX_LABEL_BYTES = 16 * 1024;
/** Annotations are for people. What is longer is cut: an incident carries its alerts through its whole history. */
const MAX_ANNOTATION = 2048;
const MAX_ANNOTATIONS = 32;

const labels = z
  .record(z.string().min(1).max(256), z.string())
  .refine((value) => value['alertname'], 'the label alertname is missing')
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_LABEL_BYTES, 'more than 16 KiB of labels');

// Loose: Alertmanager adds fields over time, and they must not turn alerts away.
const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: z.record(z.string(), z.string()).default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(64).optional(),
  generatorURL: z.string().optional(),
});
const webhookSchema = z.looseObject({ version: z.literal('4'), alerts: z.array(z.unknown()).max(10_000) });

/**
 * Reads the body of an Alertmanager webhook (version 4).
 *
 * @param received ISO 8601; default: now
 * @throws Error when the body as a whole is no such webhook; faults of single alerts are in their results
 */
export function parseAlertmanagerWebhook(body: unknown, received = new Date().toISOString()): AlertResult[] {
  const webhook = webhookSchema.safeParse(body);
  if (!webhook.success) {
    throw new Error(`not an Alertmanager webhook of version 4: ${problemsOf(webhook.error)}`);
  }
  return webhook.data.alerts.map((item, index): AlertResult => {
    const alert = parseAlert(item, received);
    return 'problem' in alert
      ? { ok: false, index, problem: `alerts[${index}]: ${alert.problem}` }
      : { ok: true, alert };
  });
}

/** One item of such a body by itself. */
export function parseAlert(item: unknown, received = new Date().toISOString()): Alert | { problem: string } {
  const parsed = alertSchema.safeParse(item);
  if (!parsed.success) return { problem: problemsOf(parsed.error) };
  const { status, labels: given, annotations, startsAt, fingerprint, generatorURL } = parsed.data;
  const severity = severityOf(given);
  return {
    fingerprint: fingerprint ?? alertFingerprint(given),
    name: given['alertname']!,
    labels: given,
    annotations: shortened(annotations),
    startsAt,
    status,
    ...(severity && { severity }),
    ...(generatorURL && generatorURL.length <= MAX_ANNOTATION && { generatorURL }),
    received,
  };
}

function shortened(annotations: Record<string, string>): Record<string, string> {
  const kept = Object.entries(annotations).slice(0, MAX_ANNOTATIONS);
  return Object.fromEntries(
    kept.map(([name, text]) => [
      name.slice(0, 256),
      text.length <= MAX_ANNOTATION ? text : `${text.slice(0, MAX_ANNOTATION - 1)}…`,
    ]),
  );
}

function problemsOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
}
