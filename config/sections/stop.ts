import { z } from 'zod';

const name = (what: string) =>
  z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, `must be the name of a ${what}`);

/** `stop` of kubernaut.yaml: the kill switch beyond the CLI's. */
export const stopSchema = z.strictObject({
  configMap: z
    .union([
      z.literal(false),
      z
        .strictObject({
          namespace: name('namespace').default('kubernaut').describe('Default `kubernaut`.'),
          name: name('ConfigMap').default('kubernaut-stop').describe('Default `kubernaut-stop`.'),
        })
        .prefault({}),
    ])
    .prefault({})
    .describe(
      'The kill switch of each cluster as a ConfigMap in it: `data.stop: "true"` engages it, `reason` and `by` say why and who. false: none is read.',
    ),
});
export type StopSettings = z.output<typeof stopSchema>;
