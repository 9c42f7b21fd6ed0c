import { z } from 'zod';

const objectName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of an object');
/** An argument of a command of the settings: typed and bounded. */
export const argumentSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    pattern: z
      .string()
      .max(200)
      .refine(isPattern, 'is no regular expression')
      .optional()
      .describe(
        'Regular expression that the whole text must match. Default: letters, digits and `_ . : / = @ -`, not beginning with `-`.',
      ),
    maxLength: z.int().min(1).max(1_000).default(200).describe('Default 200.'),
    default: z.string().max(1_000).optional(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    minimum: z.int().default(0).describe('Default 0.'),
    maximum: z.int().default(1_000_000).describe('Default 1,000,000.'),
    default: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('choice'),
    values: z.array(z.string().max(1_000)).min(1).max(50),
    default: z.string().max(1_000).optional(),
  }),
]);
export type CommandArgument = z.output<typeof argumentSchema>;

const command = z.array(z.string().max(4_000)).min(1).max(100);

const template = z
  .strictObject({
    description: z.string().min(1).max(500),
    namespaces: z.array(objectName).min(1).optional().describe('Only there. Default: any namespace a policy allows.'),
    image: z.string().min(1).max(500),
    command: command.describe(
      'Never a shell line made from arguments: `{name}` as a whole item, or inside one, becomes the argument.',
    ),
    args: z
      .record(z.string().regex(/^[a-z][a-zA-Z0-9]{0,30}$/), argumentSchema)
      .default({})
      .describe('Default none.'),
    serviceAccount: objectName
      .default('default')
      .describe('It runs as this one, which must be the target. Default `default`.'),
    env: z
      .record(z.string(), z.string().max(4_000))
      .default({})
      .describe('Plain values; secrets come by `envFromSecrets`.'),
    envFromSecrets: z.array(objectName).default([]).describe('Secrets of the namespace whose keys become variables.'),
    deadlineSeconds: z.int().min(1).max(86_400).default(600).describe('The Job is ended after that. Default 600.'),
    retries: z.int().min(0).max(10).default(0).describe('Pods tried again after a failure. Default 0.'),
    undo: z
      .strictObject({
        command: command.describe('As `command`, with the same arguments.'),
        image: z.string().min(1).max(500).optional().describe('Default: that of the Job.'),
        deadlineSeconds: z.int().min(1).max(86_400).optional().describe('Default: that of the Job.'),
      })
      .optional()
      .describe(
        'What takes it back, as another Job of the same account and variables (`run_job_with_undo`). It gets `KUBERNAUT_EXECUTED` = `yes` or `unknown`, and must do no harm when nothing was done. Default none.',
      ),
    keepSeconds: z
      .int()
      .min(60)
      .max(604_800)
      .default(86_400)
      .describe('How long the finished Job is kept; within that time a repeated step finds it. Default one day.'),
  })
  .superRefine(({ command: own, undo, args }, context) => {
    const commands: Array<[path: string[], items: string[]]> = [[['command'], own]];
    if (undo) commands.push([['undo', 'command'], undo.command]);
    const named = commands.map(([path, items]) => ({ path, names: items.flatMap(namesIn) }));
    for (const { path, names } of named)
      for (const each of names.filter((one) => !Object.hasOwn(args, one)))
        context.addIssue({ code: 'custom', path, message: `names {${each}}, which is not in args` });
    const used = new Set(named.flatMap(({ names }) => names));
    for (const each of Object.keys(args).filter((one) => !used.has(one)))
      context.addIssue({ code: 'custom', path: ['args', each], message: 'is not used in command' });
  });
export type JobTemplate = z.output<typeof template>;

/** `actions.kubernetes.jobs`: what run_job and run_job_with_undo can run. By default, nothing. */
export const jobsSchema = z.strictObject({
  templates: z
    .record(z.string().regex(/^[a-z0-9][-a-z0-9_]{0,62}$/), template)
    .default({})
    .describe('Jobs by the id that params name (backup, failover, defragmentation, …). Default none.'),
});

function namesIn(item: string): string[] {
  return [...item.matchAll(/\{([a-z][a-zA-Z0-9]*)\}/g)].map(([, each]) => each ?? '');
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
