import { Alertmanager } from './api/alertmanager';
import { silenceAction } from './silences/silence-action';

/** Grafana's own Alertmanager speaks the API of Alertmanager, so this is the same action at another place. */
export const grafanaSilence = silenceAction({
  name: 'grafana_silence',
  open: (ctx) => Alertmanager.ofGrafana(ctx),
  description: 'Silences Grafana-managed alerts that match, for a limited time.',
  whenToUse: 'As silence_alert, for alerts that Grafana itself evaluates and notifies about.',
  whenNotToUse: 'The alert comes from Prometheus through Alertmanager: silence_alert. Or as the remedy itself.',
  examples: [
    {
      title: 'Silence one Grafana alert for half an hour',
      params: { matchers: [{ name: 'alertname', value: 'Checkout is slow' }], duration: '30m' },
    },
  ],
});
