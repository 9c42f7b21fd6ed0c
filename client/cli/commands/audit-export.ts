import { resolve } from 'node:path';
import { Command } from 'commander';
import type * as ExportRuns from '../../audit/export/export-runs';
import type * as Keys from '../../audit/export/keys';
import type * as PlaceToVerify from '../place-to-verify';
import type * as VerifyChain from '../../../activities/audit/verify-chain';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderFields } from '../output/table';
import { withSession } from '../session';
import { documentOutputOf } from './audit-output';
import { parseTime } from './audit-time';

interface ExportOptions {
  to: string;
  key: string;
  since?: Date;
}

/** `kubernaut audit export`. */
export function auditExportCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('export')
    .description('Export the audit of all remediations that have ended, chained by hashes and signed')
    .requiredOption('--to <path>', 'a folder, where each export continues the chain, or a new file ending in .ndjson')
    .requiredOption('--key <file>', 'Ed25519 private key (PKCS #8, PEM) that signs')
    .option('--since <time>', 'only what ended since: 2026-11-24, a time with zone, or 7d', parseTime)
    .action(
      handler(context, async ({ to, key: keyFile, since }: ExportOptions, self: Command) => {
        const { readSigningKey } = require('../../audit/export/keys') as typeof Keys;
        const { exportRuns } = require('../../audit/export/export-runs') as typeof ExportRuns;
        const key = await readSigningKey(resolve(io.cwd, keyFile));
        const done = await withSession(globalOptions(self), io, ({ client, target }) => {
          const source = `${target.address}/${target.namespace}`;
          return withProgress(io, 'Reading the histories of all remediations that have ended', () =>
            exportRuns(client, { to: resolve(io.cwd, to), key, source, now: new Date(), since }),
          );
        });
        printData(io, documentOutputOf(self), { ...done, key: key.id }, () =>
          renderFields([
            ['wrote', done.file ?? 'nothing: all of it was exported before'],
            ['remediations', `${done.runs} (${done.known} were exported before)`],
            ['records', String(done.records)],
            ['past retention', done.gone.length > 0 ? done.gone.join(', ') : undefined],
            ['signed by', key.id],
            ['head', `${done.head}  (note it elsewhere: verify --head finds a cut end by it)`],
          ]),
        );
      }),
    );
  return examples(command, [
    [
      'openssl genpkey -algorithm ed25519 -out audit.pem',
      'A key, once; openssl pkey -in audit.pem -pubout -out audit.pub',
    ],
    [
      'kubernaut audit export --to /var/audit --key audit.pem',
      'As often as you like; each remediation is written once',
    ],
  ]);
}

interface VerifyOptions {
  key: string[];
  head?: string;
  sink?: string;
}

/** `kubernaut audit verify`: needs no server, but for a sink. */
export function auditVerifyCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('verify')
    .description('Check an export: any change, gap, exchange or missing end is found')
    .argument('[place]', 'a file or folder, or an http(s) URL below which the segments are')
    .option('--key <file>', 'Ed25519 public key (SPKI, PEM); may be repeated, when keys were replaced', collect, [])
    .option('--head <hash>', 'a head that was noted earlier; must be in the chain')
    .option('--sink <name>', 'a sink of the settings, with its keys, up to the head that its exporter knows')
    .action(
      handler(context, async (place: string | undefined, options: VerifyOptions, self: Command) => {
        const { placeToVerify } = require('../place-to-verify') as typeof PlaceToVerify;
        const { verifyChain } = require('../../../activities/audit/verify-chain') as typeof VerifyChain;
        const { segments, name, keys, head } = await placeToVerify(io, globalOptions(self), { place, ...options });
        const report = await withProgress(io, `Checking ${name}`, () =>
          verifyChain(segments, { keys, expectedHead: head }),
        );
        const whole = report.faults.length === 0 && report.segment > 0;
        printData(io, documentOutputOf(self), { whole, ...report }, () => renderVerified(report, whole));
        return whole ? ExitCode.ok : ExitCode.checksFailed;
      }),
    );
  return examples(command, [
    ['kubernaut audit verify /var/audit --key audit.pub', 'Is it whole?'],
    ['kubernaut audit verify /var/audit --key audit.pub --head sha256:…', 'Was nothing cut off at its end since then?'],
    ['kubernaut audit verify --sink archive', 'What the exporter wrote, with the settings’ keys and its own head'],
  ]);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function renderVerified(report: VerifyChain.ChainReport, whole: boolean): string {
  const { segment, runs, records, head, faults } = report;
  if (segment === 0 && faults.length === 0) return '✗ there is no segment: nothing was exported, or all of it is gone';
  const counts = `${segment} segments, ${runs} remediations, ${records} records`;
  if (whole) return `✓ whole: ${counts}\n  head ${head}`;
  return [
    `✗ not whole: ${faults.length} faults in ${counts}`,
    ...faults.map(({ file, line, message }) => `  ${file}:${line}: ${message}`),
  ].join('\n');
}
