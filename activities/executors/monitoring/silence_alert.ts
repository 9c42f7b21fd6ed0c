import { Alertmanager } from './api/alertmanager';
import { silenceAction } from './silences/silence-action';

export const silenceAlert = silenceAction({
  name: 'silence_alert',
  open: (ctx) => Alertmanager.of(ctx),
  description: 'Silences the alerts that match, in Alertmanager, for a limited time.',
  whenToUse:
    'A remediation or maintenance is under way that will make known alerts fire, or an alert that is understood is noise.',
  whenNotToUse: 'As the remedy itself: the problem stays. Or with matchers so wide that other problems go unseen.',
  examples: [
    {
      title: 'Silence one alert of one service for half an hour',
      params: {
        matchers: [
          { name: 'alertname', value: 'HighLatency' },
          { name: 'service', value: 'web' },
        ],
        duration: '30m',
        comment: 'web is being moved to new nodes',
      },
    },
    {
      title: 'Everything of a namespace but what is critical',
      params: {
        matchers: [
          { name: 'namespace', value: 'shop' },
          { name: 'severity', value: 'critical', isEqual: false },
        ],
      },
    },
  ],
});
