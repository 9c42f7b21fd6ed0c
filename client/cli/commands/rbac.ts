import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { rbacManifests } from '../../../tools/rbac/rbac-manifests';
import { loadCatalogue } from '../catalogue';
import { CliError } from '../cli-error';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { writeLine } from '../output/write';

/** `kubernaut rbac FOLDER`. */
export function rbacCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('rbac')
    .description('Write the roles that workers with these settings need, and how to bind them')
    .argument('<folder>', 'where to; files of these names are replaced')
    .action(
      handler(context, async (folder: string, _options: object, self: Command) => {
        const files = rbacManifests(await loadCatalogue(globalOptions(self), io), 'kubernaut rbac');
        const place = resolve(io.cwd, folder);
        for (const [file, text] of files) {
          write(place, file, text);
          writeLine(io.stdout, `Wrote ${join(folder, file)}`);
        }
      }),
    );
  command.addHelpText(
    'after',
    '\ndeploy/rbac has them for the built-in actions; these are also for what the settings add: plugins, and the kinds of\n' +
      '`actions.kubernetes.applyManifest.customKinds`. No cluster is asked, and nothing is applied.',
  );
  return examples(command, [['kubernaut rbac ./rbac --config kubernaut.yaml', 'Look at them, then kubectl apply -f']]);
}

function write(place: string, file: string, text: string): void {
  try {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, file), text);
  } catch (error) {
    throw new CliError(ExitCode.usage, `${join(place, file)} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
