import type { Effect, Evidence } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { checkedAddress } from './checked-address';
import { allowedHost } from './host-rule';
import type { Check } from './observe';
import { readSecretHeaders } from './request-params';

/** @throws {KubernautError} `PRECONDITION_FAILED` when the confirmation could not be asked for later */
export async function checkConfirm(ctx: ActionContext, confirm: Check | undefined): Promise<void> {
  if (confirm === undefined) return;
  const url = new URL(confirm.url);
  const rule = allowedHost(ctx.settings.custom.http.hosts, url, confirm.method);
  await checkedAddress(url, rule.networks);
  await readSecretHeaders(ctx, rule, confirm.secretHeaders);
}

/** Without a way to look, the answer is the only evidence; it says so. */
export async function receiversWord(effect: Effect, expected: readonly number[]): Promise<Evidence> {
  const status = effect.data['status'];
  const answered = typeof status === 'number' && expected.includes(status);
  return {
    verified: answered,
    summary: answered
      ? `the receiver answered ${status}; what it did cannot be read back without \`confirm\``
      : 'execute reported no expected answer',
    data: { readBack: false, ...(typeof status === 'number' && { status }) },
  };
}
