import { z } from 'zod';
import { objectLabels, requireUp, scrapeDuration } from '../scrapes/monitor-params';

const target = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^\S+$/, 'must not have spaces')
  .refine((text) => !/^[^/]*:\/\/[^/]*@/.test(text), 'must not hold credentials');

const prober = z.strictObject({
  url: z
    .string()
    .max(500)
    .regex(
      /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$/,
      'must be host:port; scheme and path are fields of their own',
    )
    .describe('Address of the prober (blackbox exporter): `blackbox.monitoring:9115`.'),
  scheme: z.enum(['http', 'https']).optional().describe('Default of a new one: http.'),
  path: z.string().regex(/^\//, 'must begin with /').max(1024).optional().describe('Default of a new one: /probe.'),
});

/** What may be set of a Probe of the Prometheus operator; fields that are not named stay. */
export const probeObjectParam = z
  .strictObject({
    targets: z
      .array(target)
      .min(1)
      .max(100)
      .refine((all) => new Set(all).size === all.length, 'must not be twice in it')
      .optional()
      .describe('All URLs or addresses to ask, in place of the present ones. Needed for a new Probe.'),
    module: z
      .string()
      .regex(/^[-A-Za-z0-9_.]{1,100}$/, 'must be the name of a module')
      .optional()
      .describe('Module of the prober: `http_2xx`.'),
    interval: scrapeDuration
      .optional()
      .describe('From one probe to the next: `30s`. Default of a new one: that of Prometheus.'),
    scrapeTimeout: scrapeDuration.optional().describe('No answer by then is a failure; at most the interval.'),
    prober: prober.optional().describe('Who asks. Needed for a new Probe.'),
    labels: objectLabels.optional().describe('Labels of the Probe itself, by which a Prometheus finds it.'),
    requireUp,
  })
  .refine((each) => Object.keys(each).some((key) => key !== 'requireUp'), { error: 'says nothing' });
export type ProbeObjectParams = z.output<typeof probeObjectParam>;
