import { z } from 'zod';
import { httpHostSchema } from './custom/http-hosts';
import { notificationsSchema } from './custom/notifications';
import { scriptsSchema } from './custom/scripts';

/** `actions.custom` of kubernaut.yaml: channels, webhooks and scripts that custom actions may use. By default, none. */
export const customActionsSchema = z.strictObject({
  http: z
    .strictObject({ hosts: z.array(httpHostSchema).default([]).describe('The first that fits decides. Default none.') })
    .prefault({})
    .describe('Where `webhook` and `http_check` may go.'),
  notifications: notificationsSchema.prefault({}).describe('Whom `notification` can tell.'),
  scripts: scriptsSchema.prefault({}).describe('What `script` can run.'),
});
export type CustomActionSettings = z.output<typeof customActionsSchema>;

/** The same settings with `absolute` applied to every path in them, those of secrets included. */
export function withCustomPaths(
  settings: CustomActionSettings,
  absolute: (path: string) => string,
): CustomActionSettings {
  const { folder } = settings.scripts;
  const withFiles = withSecretFiles(settings, absolute) as CustomActionSettings;
  return folder === undefined
    ? withFiles
    : { ...withFiles, scripts: { ...withFiles.scripts, folder: absolute(folder) } };
}

/** A reference to a secret file is the only object here whose one and only field is `file`. */
function withSecretFiles(value: unknown, absolute: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withSecretFiles(item, absolute));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value);
  const [first] = fields;
  if (fields.length === 1 && first?.[0] === 'file' && typeof first[1] === 'string') return { file: absolute(first[1]) };
  // What a script takes is its own schema, in which `file` is a word like any other.
  return Object.fromEntries(
    fields.map(([key, item]) => [key, key === 'args' ? item : withSecretFiles(item, absolute)]),
  );
}
