import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRegistry } from '../../activities/actions';
import { packageRoot } from '../package-root';
import { SetupError } from '../setup-error';
import { actionReference, actionTable } from './action-docs';
import { exitCodeTable } from './cli-docs';
import { errorTable } from './error-docs';
import { withPart } from './markdown';
import { monitoringTables } from './metric-docs';
import { DASHBOARD_FOLDER, dashboardJson } from './monitoring/dashboard-json';
import { dashboards } from './monitoring/dashboards';
import { RULES_FILE, rulesText } from './monitoring/rules';
import { planTables } from './plan-docs';
import { RBAC_FOLDER, rbacManifests } from '../rbac/rbac-manifests';
import { defaultPolicyTable } from './policy-docs';
import { settingsTable } from './settings-docs';
import { PLAN_SCHEMA_FILE, planSchemaText } from './plan-schema';

/** A file that is generated, as a whole or in parts; `present` is its content now. */
interface GeneratedFile {
  file: string;
  content(present: string): string;
}

const registry = createRegistry();

const files: readonly GeneratedFile[] = [
  { file: 'README.md', content: (present) => withPart(present, 'actions', actionTable(registry)) },
  { file: 'docs/actions.md', content: () => actionReference(registry) },
  {
    file: 'docs/plans.md',
    content: (present) =>
      Object.entries(planTables()).reduce((text, [name, rows]) => withPart(text, name, rows), present),
  },
  { file: 'docs/cli.md', content: (present) => withPart(present, 'exit codes', exitCodeTable()) },
  { file: 'docs/operations.md', content: (present) => withPart(present, 'settings', settingsTable()) },
  { file: 'docs/policy.md', content: (present) => withPart(present, 'default policies', defaultPolicyTable()) },
  { file: 'docs/architecture.md', content: (present) => withPart(present, 'errors', errorTable()) },
  {
    file: 'docs/monitoring.md',
    content: (present) =>
      Object.entries(monitoringTables()).reduce((text, [name, rows]) => withPart(text, name, rows), present),
  },
  { file: RULES_FILE, content: () => rulesText() },
  ...dashboards.map((spec) => ({ file: `${DASHBOARD_FOLDER}/${spec.file}`, content: () => dashboardJson(spec) })),
  { file: PLAN_SCHEMA_FILE, content: () => planSchemaText() },
  ...[...rbacManifests(registry)].map(([file, text]) => ({ file: `${RBAC_FOLDER}/${file}`, content: () => text })),
];

/** Writes what is out of date, or only names it; returns those files. */
export function generateDocs(options: { check: boolean }, root = packageRoot()): string[] {
  return files.flatMap(({ file, content }) => {
    const path = join(root, file);
    const present = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const wanted = generate(file, () => content(present));
    if (wanted === present) return [];
    if (!options.check) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, wanted);
    }
    return [file];
  });
}

function generate(file: string, content: () => string): string {
  try {
    return content();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`${file}: ${error.message.split('\n')[0]}`, { remedy: error.remedy, cause: error });
  }
}

/** `node lib/tools/build/docs.js [--check]` */
function main(): void {
  const check = process.argv.includes('--check');
  const outdated = generateDocs({ check });
  if (!check) {
    process.stdout.write(
      outdated.length === 0 ? 'The documentation is up to date.\n' : `Written: ${outdated.join(', ')}\n`,
    );
  } else if (outdated.length > 0) {
    process.stderr.write(`Out of date: ${outdated.join(', ')}. Run \`npm run docs\` and commit what it writes.\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
