import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { checkedAddress } from './http/checked-address';
import { allowedHost, shownUrl } from './http/host-rule';
import { checkSchema, observe, observeUntil, readingData, type Check, type Reading } from './http/observe';
import { readSecretHeaders } from './http/request-params';

/**
 * Asks an HTTP service and judges its answer. Verified when, in this order:
 * 1. the place may be asked (host, port, address, method: kubernaut.yaml),
 * 2. an answer comes in time with one of the expected statuses,
 * 3. `expect`, if given, is true over it.
 * Until then it asks again, for as long as `within` says.
 */
export const httpCheck = defineAction<Check, JsonObject>({
  name: 'http_check',
  executor: 'custom',
  description: 'Asks an HTTP endpoint and holds its status and content against what is expected.',
  whenToUse: 'To see whether a service really works for its callers: after a change, or as a condition of later steps.',
  whenNotToUse: 'To change anything, or to wait for Kubernetes objects: the actions themselves do that.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params: checkSchema,
  examples: [
    { title: 'The shop answers', params: { url: 'https://shop.example.com/healthz' } },
    {
      title: 'At least three replicas are ready within two minutes',
      params: {
        url: 'https://shop.example.com/status',
        secretHeaders: { Authorization: { secret: 'status-token', prefix: 'Bearer ' } },
        expect: 'json.ready >= 3',
        within: '2m',
      },
    },
  ],

  async validate(ctx, { params }) {
    const url = new URL(params.url);
    const rule = allowedHost(ctx.settings.custom.http.hosts, url, params.method);
    await checkedAddress(url, rule.networks);
    await readSecretHeaders(ctx, rule, params.secretHeaders);
    const condition = params.expect === undefined ? '' : `, ${params.expect}`;
    return {
      before: {},
      diff: [],
      warnings: [],
      summary: `check ${params.method} ${shownUrl(url)}: ${params.expectStatus.join(' or ')}${condition}`.slice(0, 500),
      noEffect: false,
    };
  },

  async execute(ctx, { params }) {
    const reading = await observe(ctx, params);
    return { changed: false, summary: reading.summary, data: readingData(reading) };
  },

  verify(ctx, { params }, _validation, effect) {
    // The reading of execute counts when it was right: asking twice would prove no more.
    const first: Reading | undefined =
      effect.data['holds'] === true ? { ...(effect.data as { holds: boolean }), summary: effect.summary } : undefined;
    return observeUntil(ctx, params, first);
  },
});
