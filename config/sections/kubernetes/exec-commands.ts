import { z } from 'zod';
import { argumentSchema } from './jobs';

const PLACEHOLDER = /^\{\{([a-z][a-zA-Z0-9]*)\}\}$/;

/** Name of the argument that stands for the item, if one does. */
export function placeholderOf(item: string): string | undefined {
  return PLACEHOLDER.exec(item)?.[1];
}

const command = z
  .strictObject({
    description: z.string().min(1).max(500).describe('What it does, for approvers.'),
    command: z
      .array(z.string().min(1).max(4_000))
      .min(1)
      .max(100)
      .describe(
        'Program and arguments, run without a shell. `{{name}}` as a whole item becomes the argument of that name; inside an item it is refused.',
      ),
    args: z
      .record(z.string().regex(/^[a-z][a-zA-Z0-9]{0,30}$/), argumentSchema)
      .default({})
      .describe('As in `jobs.templates`. Default none.'),
    container: z.string().min(1).max(63).optional().describe('Default: the only container of the pod.'),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(3_600)
      .default(60)
      .describe('So long its end is waited for; Kubernetes cannot stop it. Default 60.'),
    allowedExitCodes: z.array(z.int().min(0).max(255)).min(1).default([0]).describe('Default 0 alone.'),
    idempotent: z
      .boolean()
      .default(false)
      .describe(
        'Running it twice does what running it once does, so that it may be run again when its result was lost. Default false: then the step fails and a person decides.',
      ),
    namespaces: z.array(z.string().min(1).max(63)).min(1).optional().describe('Only there. Default: any namespace.'),
    selector: z
      .record(z.string().min(1).max(317), z.string().max(63))
      .optional()
      .describe('Labels that the pod must have. Default: any pod.'),
  })
  .superRefine(({ command: items, args }, context) => {
    if (placeholderOf(items[0] ?? '') !== undefined)
      context.addIssue({ code: 'custom', path: ['command', 0], message: 'the program itself cannot be an argument' });
    items.forEach((item, index) => {
      const name = placeholderOf(item);
      const problem =
        name === undefined
          ? /\{\{.*\}\}/.test(item) && 'an argument must be an item of its own'
          : !Object.hasOwn(args, name) && `names ${name}, which is not in args`;
      if (problem) context.addIssue({ code: 'custom', path: ['command', index], message: problem });
    });
    for (const name of Object.keys(args).filter((each) => !items.some((item) => placeholderOf(item) === each)))
      context.addIssue({ code: 'custom', path: ['args', name], message: 'is not used in command' });
  });
export type ExecCommand = z.output<typeof command>;

/** `actions.kubernetes.execCommands`: what exec_command can run in pods. By default, nothing. */
export const execCommandsSchema = z
  .record(z.string().regex(/^[a-z0-9][-a-z0-9_]{0,62}$/), command)
  .default({})
  .describe(
    'Commands by the id that params name, for `exec_command` to run in a container: cleanup_storage, compact_storage, create_heap_dump, …. Default none.',
  );
