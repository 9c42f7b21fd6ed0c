import { z } from 'zod';
import { severities, type Severity } from '../../../../config/sections/custom/notifications';
import type { ActionContext, ActionStep } from '../../../contract';
import type { DecisionRef } from '../../../../plan/decision/slack-buttons';
import { redactText } from '../../../redact';
import { urlSchema } from '../http/request-params';

export const notificationParams = z.strictObject({
  channel: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe(
      'Name of a channel in kubernaut.yaml. Default: the channels that its routes name for severity, namespace and cluster.',
    ),
  severity: z.enum(severities).default('info'),
  title: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\r\n]*$/, 'must be one line')
    .describe('One line: subject of a mail, summary of an incident.'),
  text: z.string().trim().max(4000).default('').describe('Plain text, at most 4000 characters.'),
  fields: z
    .record(z.string().min(1).max(64), z.union([z.string().max(500), z.number(), z.boolean()]))
    .refine((fields) => Object.keys(fields).length <= 20, 'must be at most 20 fields')
    .default({})
    .describe('Up to 20 short facts: `{ replicas: 5 }`.'),
  link: urlSchema.optional().describe('Where to read on.'),
  namespace: z.string().min(1).max(63).optional().describe('Namespace that it is about; for the routes, and shown.'),
});
export type NotificationParams = z.output<typeof notificationParams>;

/** What is told, the same for every receiver. Everything in it has been through the redaction of logs. */
export interface Message {
  severity: Severity;
  title: string;
  text: string;
  /** Namespace and cluster included. */
  facts: Array<[name: string, value: string]>;
  link?: string;
  /** What waits for the decision that it tells of; a channel with buttons shows some. Made by the engine, never by a plan. */
  decision?: DecisionRef;
  operationId: string;
  /** Above 1: it may have been told before. */
  attempt: number;
}

export function messageOf(
  ctx: ActionContext,
  { params, cluster }: ActionStep<NotificationParams>,
  decision?: DecisionRef,
): Message {
  const { severity, title, text, fields, link, namespace } = params;
  return {
    severity,
    title: redactText(title),
    text: redactText(text),
    facts: [
      ...Object.entries(fields).map(([name, value]): [string, string] => [name, redactText(String(value))]),
      ...(namespace === undefined ? [] : [['namespace', namespace] satisfies [string, string]]),
      ['cluster', cluster],
    ],
    ...(link !== undefined && { link }),
    ...(decision !== undefined && { decision }),
    operationId: ctx.operationId,
    attempt: ctx.attempt,
  };
}

/** The last line of every notification: leads back to the workflow, and lets people see a repetition. */
export function origin({ operationId, attempt }: Message): string {
  return `Kubernaut, operation ${operationId}${attempt > 1 ? ` (attempt ${attempt}: may repeat an earlier one)` : ''}`;
}
