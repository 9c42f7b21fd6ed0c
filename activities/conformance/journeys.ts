import { KubernautError, isErrorCode, type ErrorCode } from '../../plan/errors';
import type { Effect, Validation } from '../../plan/step-io';
import { describeCall, storedWrites } from './audit-log';
import { inSetting, type Bench, type Setting } from './bench';
import { demand, type Findings } from './findings';
import { NotApplicable, type Stage, type Staged } from './fixture';
import { differences, snapshot } from './snapshot';
import type { Trial } from './trial';

type Stager = (stage: Stage) => Promise<Staged>;

/** Validate, execute, execute again, verify, undo, undo again. */
export async function thereAndBack(bench: Bench, findings: Findings): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async (setting) => {
    const { trial } = setting;
    const before = await trial.world();
    let validation: Validation | undefined;
    const validated = await findings.check('validate-changes-nothing', async () => {
      validation = await validateUnchanged(bench, setting);
      demand((await trial.world()) === before, 'what the fixture reads is different after validate');
      const calls = trial.record.calls.length;
      return `${calls} calls, none stored${bench.audit ? ', by the audit log too' : ''}; ${validation.summary}`;
    });
    if (!validated || validation === undefined) return;
    let effect: Effect | undefined;
    const executed = await findings.check('execute-once', async () => {
      effect = await executeTwice(bench, trial, validation!, before);
      return `${effect.summary}; the second time nothing was stored`;
    });
    if (!executed || effect === undefined) return;
    await findings.check('verify-proves', async () => {
      const evidence = await trial.verify(validation!, effect!);
      demand(evidence.verified, `verify says no: ${evidence.summary}`);
      return evidence.summary;
    });
    await undoTwice(bench, findings, trial, { before, validation, effect });
  });
}

/** The answer of the first write is lost, a second attempt goes on, and the undo does not know what was done. */
export async function lostAnswer(bench: Bench, findings: Findings): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async ({ trial }) => {
    const before = await trial.world();
    const validation = await trial.validate();
    const attempted = await findings.check('lost-result', async () => {
      trial.record.loseNextAnswer = true;
      trial.staged.loseNextAnswer?.();
      await trial.execute(validation).catch(() => undefined);
      trial.record.loseNextAnswer = false;
      const once = { changes: await trial.changes(), world: await trial.world() };
      const effect = await trial.execute(validation, 2);
      const writes = duplicates(trial);
      demand(writes.length === 0, `written twice: ${writes.join(', ')}`);
      // In the cluster the first attempt may have stopped half way; elsewhere it was through, or its only write was.
      if (trial.record.stored.length > 0) return `${effect.summary}; ${trial.record.stored.length} writes, each once`;
      demand((await trial.changes()) === once.changes, 'the second attempt changed the world a second time');
      return effect.summary;
    });
    if (!attempted) return;
    await findings.check('rollback-unknown', async () => {
      needsUndo(bench);
      const undone = await trial.rollback(validation);
      const after = await trial.world();
      demand(after === before, `it was ${before} and is ${after}`);
      return `${undone.summary}`;
    });
  });
}

/** The undo of what never ran, and the effect taken away. */
export async function withoutEffect(bench: Bench, findings: Findings): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async ({ trial }) => {
    const before = await trial.world();
    const validation = await trial.validate();
    await findings.check('rollback-unneeded', async () => {
      needsUndo(bench);
      const changes = await trial.changes();
      const undone = await trial.rollback(validation);
      demand(!undone.changed, `it claims to have changed something: ${undone.summary}`);
      demand((await trial.changes()) === changes, 'it wrote');
      demand((await trial.world()) === before, 'the world is different');
      return undone.summary;
    });
    await findings.check('verify-refutes', async () => {
      const { tamper } = trial.staged;
      if (!tamper) {
        const claimed = { changed: true, summary: 'claimed, never done', data: {} };
        return refuted(trial, validation, claimed, 3_000, 'without any execute');
      }
      const effect = await trial.execute(validation);
      await tamper.call(trial.staged);
      return refuted(trial, validation, effect, 20_000, 'with the effect taken away');
    });
  });
}

/** Somebody else changes what the action has set. */
export async function foreignChange(bench: Bench, findings: Findings): Promise<void> {
  await findings.check('foreign-change', async () => {
    needsUndo(bench);
    return inSetting(bench, bench.fixture.stage, async ({ trial }) => {
      const { foreignChange: change } = trial.staged;
      demand(change !== undefined, 'the fixture has no foreignChange, which every undo needs to be proven against');
      const validation = await trial.validate();
      const effect = await trial.execute(validation);
      await change.call(trial.staged);
      const theirs = await trial.world();
      const refusal = await refusedWith(['UNDO_CONFLICT'], () => trial.rollback(validation, effect));
      demand((await trial.world()) === theirs, `it was left ${theirs} and is ${await trial.world()}`);
      const unknowing = await refusedWith(['UNDO_CONFLICT'], () => trial.rollback(validation));
      demand((await trial.world()) === theirs, 'the undo without a result overwrote it');
      return `${refusal.message}${unknowing.message === refusal.message ? '' : `; without a result: ${unknowing.message}`}`;
    });
  });
}

/** Somebody else changes, between validate and execute, what the action is about to set. */
export async function stalePlan(bench: Bench, findings: Findings): Promise<void> {
  await findings.check('stale-plan', async () => {
    needsUndo(bench);
    return inSetting(bench, bench.fixture.stage, async ({ trial }) => {
      const { foreignChange, staleChange: change = foreignChange } = trial.staged;
      demand(change !== undefined, 'the fixture has no staleChange, which every write needs to be proven against');
      const validation = await trial.validate();
      await change.call(trial.staged);
      const theirs = await trial.world();
      const refusal = await refusedWith(['TARGET_CHANGED'], () => trial.execute(validation));
      demand((await trial.world()) === theirs, `it was left ${theirs} and is ${await trial.world()}`);
      return refusal.message;
    });
  });
}

/** Another kind or path: once through, so that what it needs shows. Counts for the checks on permissions, errors and outputs. */
export async function throughVariant(bench: Bench, name: string, stage: Stager, findings: Findings): Promise<void> {
  await inSetting(bench, stage, async ({ trial }) => {
    await findings.check('verify-proves', async () => {
      const before = await trial.world();
      const validation = await trial.validate();
      const effect = await trial.execute(validation);
      const evidence = await trial.verify(validation, effect);
      demand(evidence.verified, `${name}: verify says no: ${evidence.summary}`);
      if (bench.action.reversibility === 'reversible' && !bench.action.readOnly) {
        await trial.rollback(validation, effect);
        demand((await trial.world()) === before, `${name}: rollback left ${await trial.world()}, not ${before}`);
      }
      return evidence.summary;
    });
  });
}

async function validateUnchanged(bench: Bench, { trial, namespace, username }: Setting): Promise<Validation> {
  const { kube } = bench.staging;
  const { target } = trial.staged;
  let noise: string[] = [];
  // Controllers may still be busy with what was staged; only a difference that the action cannot have made is looked at again.
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = await snapshot(kube, namespace, target);
    const validation = await trial.validate();
    const after = await snapshot(kube, namespace, target);
    demand(trial.record.stored.length === 0, `it wrote: ${trial.record.stored.map(({ object }) => object).join(', ')}`);
    const logged = await bench.audit?.callsOf(username);
    demand(
      logged === undefined || logged.length > 0 || trial.record.calls.length === 0,
      'the audit log has none of its calls: it is not the log of this API server',
    );
    const audited = storedWrites(logged ?? []).map(describeCall);
    demand(audited.length === 0, `the audit log shows: ${audited.join(', ')}`);
    demand(
      !validation.noEffect,
      'it finds nothing to do, so that nothing would be proven (the fixture must give it work)',
    );
    noise = differences(before, after);
    if (noise.length === 0) return validation;
  }
  demand(false, `different each time: ${noise.join(', ')}`);
}

async function executeTwice(bench: Bench, trial: Trial, validation: Validation, before: string): Promise<Effect> {
  const { readOnly } = bench.action;
  const effect = await trial.execute(validation);
  const changes = await trial.changes();
  const world = await trial.world();
  if (readOnly) demand(changes === 0 && world === before, 'a read-only action changed something');
  else {
    demand(effect.changed, `it had something to do and claims that nothing changed: ${effect.summary}`);
    demand(world !== before, `it claims a change, but the world is as before: ${before}`);
    demand(changes > 0, 'it claims a change, but nothing was stored');
  }
  const again = await trial.execute(validation, 2);
  demand((await trial.changes()) === changes, 'the second execute wrote again');
  demand((await trial.world()) === world, `after the second execute it is ${await trial.world()}, not ${world}`);
  demand(again.changed === effect.changed, `the second attempt denies the effect of the first: ${again.summary}`);
  return effect;
}

async function undoTwice(
  bench: Bench,
  findings: Findings,
  trial: Trial,
  { before, validation, effect }: { before: string; validation: Validation; effect: Effect },
): Promise<void> {
  const restored = await findings.check('rollback-restores', async () => {
    if (bench.action.rollback === undefined && !bench.action.readOnly) {
      const { code } = await refusedWith(['UNDO_IMPOSSIBLE'], () => trial.rollback(validation, effect));
      throw new NotApplicable(`${bench.action.reversibility}, and says so: ${code}`);
    }
    needsUndo(bench);
    const undone = await trial.rollback(validation, effect);
    demand(undone.changed, `it claims that there was nothing to undo: ${undone.summary}`);
    const after = await trial.world();
    demand(after === before, `it was ${before} and is ${after}`);
    return undone.summary;
  });
  if (!restored) return;
  await findings.check('rollback-twice', async () => {
    needsUndo(bench);
    const changes = await trial.changes();
    const undone = await trial.rollback(validation);
    demand(!undone.changed && (await trial.changes()) === changes, `it wrote again: ${undone.summary}`);
    demand((await trial.world()) === before, 'the world is different');
    return undone.summary;
  });
}

function needsUndo({ action }: Bench): void {
  if (action.readOnly) throw new NotApplicable('read-only: there is nothing to undo');
  if (action.rollback === undefined) throw new NotApplicable(`${action.reversibility}: it has no rollback`);
}

async function refuted(trial: Trial, validation: Validation, effect: Effect, ms: number, how: string): Promise<string> {
  try {
    const evidence = await trial.verify(validation, effect, ms);
    demand(!evidence.verified, `${how} verify still says yes: ${evidence.summary}`);
    return evidence.summary;
  } catch (error) {
    const code = error instanceof KubernautError ? error.code : undefined;
    if (code === 'DEADLINE_EXCEEDED' || code?.startsWith('TARGET_')) return `${code}: ${(error as Error).message}`;
    throw error;
  }
}

/** The error with which `run` is refused. */
export async function refusedWith(codes: readonly ErrorCode[], run: () => Promise<unknown>): Promise<KubernautError> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    const code = error instanceof KubernautError && isErrorCode(error.code) ? error.code : undefined;
    demand(code !== undefined && codes.includes(code), `${code ?? 'an error without a code'}: ${String(error)}`);
    return error as KubernautError;
  }
  demand(false, `not refused with ${codes.join(' or ')}, but: ${JSON.stringify(result).slice(0, 200)}`);
}

/** Objects to which the same kind of write was stored more than once. */
function duplicates({ record }: Trial): string[] {
  const writes = record.stored.map(({ permission, object }) => `${permission.verb} ${permission.resource} ${object}`);
  return [...new Set(writes.filter((each, index) => writes.indexOf(each) < index))];
}
