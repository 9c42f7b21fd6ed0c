import { z } from 'zod';
import { secretRefSchema } from '../../secret-ref';

const file = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
    'must be a path inside the folder, without ..',
  );
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the file, 64 hex digits (`sha256sum FILE`)');

const script = z.strictObject({
  description: z.string().min(1).max(500).describe('What it does, for approvers.'),
  file: file.describe('Relative to `folder`; its first line (`#!`) names the interpreter, which must lie under /usr.'),
  sha256: sha256.describe('A file with any other content is not run.'),
  args: z
    .record(z.string(), z.any())
    .default({ type: 'object', additionalProperties: false })
    .describe(
      'JSON Schema (2020-12) of the arguments, which the script reads as JSON from its input. Default: none are taken.',
    ),
  undo: z
    .strictObject({ file, sha256 })
    .optional()
    .describe(
      'Script that takes the effect back, given the same arguments; for `script_with_undo`. Must be right when nothing was done, and when run twice.',
    ),
  repeatable: z
    .boolean()
    .default(false)
    .describe(
      'May be run again after an attempt of unknown end. Default false: then the step fails and a person decides.',
    ),
  network: z.boolean().default(false).describe('May use the worker’s network, all of it. Default false: none at all.'),
  secrets: z
    .record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), secretRefSchema)
    .default({})
    .describe('Environment variables with secrets; nothing of the worker’s own environment is passed on.'),
  limits: z
    .strictObject({
      seconds: z.number().min(0.1).max(3600).default(60).describe('Wall time. Default 60.'),
      cpuSeconds: z.int().min(1).max(3600).default(30).describe('CPU time of each process. Default 30.'),
      memoryMiB: z.int().min(16).max(65536).default(256).describe('Address space of each process. Default 256.'),
      processes: z.int().min(1).max(4096).default(32).describe('Processes and threads at once. Default 32.'),
      tmpMiB: z.int().min(1).max(4096).default(16).describe('Size of its /tmp, in memory. Default 16.'),
      outputKiB: z
        .int()
        .min(1)
        .max(10240)
        .default(256)
        .describe('It is ended when it writes more than that. Default 256.'),
    })
    .prefault({}),
});
export type ScriptSettings = z.output<typeof script>;
export type ScriptLimits = ScriptSettings['limits'];

/** `actions.custom.scripts`: the scripts that plans may run, each pinned by its hash. */
export const scriptsSchema = z
  .strictObject({
    folder: z.string().min(1).optional().describe('Folder of the scripts, relative to the settings file.'),
    sandbox: z
      .enum(['bubblewrap', 'none'])
      .default('bubblewrap')
      .describe(
        '`none` runs scripts as the worker itself, with its files and its network; only time and output are limited. Default `bubblewrap`: refused where `bwrap` is not installed.',
      ),
    user: z
      .int()
      .min(1)
      .default(65534)
      .describe('User and group id under which scripts run when the worker is root. Default 65534 (nobody).'),
    catalogue: z.record(z.string().regex(/^[a-z0-9][-a-z0-9]{0,62}$/), script).default({}),
  })
  .refine(({ folder, catalogue }) => folder !== undefined || Object.keys(catalogue).length === 0, {
    message: 'folder is missing',
    path: ['folder'],
  });
export type ScriptsSettings = z.output<typeof scriptsSchema>;
