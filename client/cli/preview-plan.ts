import type { RemediationPlan } from '../../plan/model';
import type { CliIo } from './cli-io';
import { type ExitCode, exitCodeOfResult } from './exit-codes';
import { colorsFor } from './output/colors';
import { printData } from './output/format';
import { renderPreview } from './output/preview-view';
import { withProgress } from './output/progress';
import { renderResult } from './output/result-view';
import { writeLine } from './output/write';
import type { Session } from './session';

export interface PreviewOptions {
  id?: string;
  output: string;
}

/** `plan preview` and `run --dry-run`: a dry run to its end, its preview on stdout, how it ended on stderr. */
export async function previewPlan(
  io: CliIo,
  session: Session,
  plan: RemediationPlan,
  { id, output }: PreviewOptions,
): Promise<ExitCode> {
  const previewed = await withProgress(io, `Previewing ${plan.metadata.name}`, () =>
    session.remediations.previewPlan(plan, { id, signal: io.signal }),
  );
  const { preview, result } = previewed;
  const data = {
    id: previewed.id,
    webUi: session.link(previewed.id),
    outcome: result.outcome,
    reason: result.reason,
    problems: result.problems,
    ...preview,
  };
  printData(io, output, data, () => renderPreview(preview, colorsFor(io)));
  const exitCode = exitCodeOfResult(result);
  if (output === 'table') {
    const colors = colorsFor(io, io.stderr);
    const link = session.link(previewed.id);
    writeLine(io.stderr, `\n${exitCode === 0 ? result.reason : renderResult({ ...result, steps: [] }, colors)}`);
    writeLine(io.stderr, `${previewed.id}${link === undefined ? '' : `  ${link}`}`);
  }
  return exitCode;
}
