import { z } from 'zod';

/** One alert of an Alertmanager webhook, as much of it as Kubernaut uses. Labels identify it. */
export interface Alert {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** ISO 8601. */
  startsAt: string;
  fingerprint?: string;
}

/** What became of one item of a webhook body: a good alert is never lost because of a bad neighbour. */
export type AlertResult = { ok: true; alert: Alert } | { ok: false; index: number; problem: string };

const text = z.string().max(8192);
// Loose: Alertmanager adds fields over time, and they must not turn alerts away.
const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string().max(256), text).refine((labels) => labels['alertname'], 'the label alertname is missing'),
  annotations: z.record(z.string().max(256), text).default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().max(64).optional(),
});
const webhookSchema = z.looseObject({ version: z.literal('4'), alerts: z.array(z.unknown()).max(10_000) });

/**
 * Reads the body of an Alertmanager webhook (version 4).
 *
 * @throws Error when the body as a whole is no such webhook; faults of single alerts are in their results
 */
export function parseAlertmanagerWebhook(body: unknown): AlertResult[] {
  const webhook = webhookSchema.safeParse(body);
  if (!webhook.success) {
    throw new Error(`not an Alertmanager webhook of version 4: ${problemsOf(webhook.error)}`);
  }
  return webhook.data.alerts.map((item, index): AlertResult => {
    const alert = alertSchema.safeParse(item);
    if (!alert.success) return { ok: false, index, problem: `alerts[${index}]: ${problemsOf(alert.error)}` };
    const { status, labels, annotations, startsAt, fingerprint } = alert.data;
    return { ok: true, alert: { status, labels, annotations, startsAt, ...(fingerprint && { fingerprint }) } };
  });
}

function problemsOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
}
