import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stagedAlertmanager } from './conformance/staged-alertmanager';

/** The opposite of what is expected comes about by somebody else's hand: then verify must say no. */
async function stage(on: Stage, expect: 'resolved' | 'firing'): Promise<Staged> {
  const { settings, matchers, fire, alerts } = stagedAlertmanager(on);
  const [first, then] = expect === 'resolved' ? [false, true] : [true, false];
  await fire(first);
  return {
    settings,
    params: { matchers, expect, within: '1s', every: '500ms' },
    read: alerts,
    tamper: () => fire(then),
  };
}

export const conformance = defineFixture({
  action: 'check_alert',
  stage: (on) => stage(on, 'resolved'),
  variants: { firing: (on) => stage(on, 'firing') },
});
