import { defineAction } from '../../contract';
import {
  executeScript,
  scriptParams,
  undoScript,
  validateScript,
  verifyScript,
  type ScriptBefore,
  type ScriptParams,
} from './script/script-step';

/**
 * As `script`, for scripts to which kubernaut.yaml gives an undo. The undo gets the same arguments and
 * `KUBERNAUT_EXECUTED` = `yes` or `unknown`; it may be run twice, and when nothing was done.
 */
export const scriptWithUndo = defineAction<ScriptParams, ScriptBefore>({
  name: 'script_with_undo',
  executor: 'custom',
  description: 'Runs a script that kubernaut.yaml names and pins, in a sandbox; a second one undoes it.',
  whenToUse: 'For an act that no other action has, and that another script takes back.',
  whenNotToUse: 'When another action does it: that one can show a diff, verify, and restore what was there before.',
  risk: 'medium',
  reversibility: 'compensatable',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params: scriptParams,
  examples: [{ title: 'Take a shard out of the pool', params: { script: 'drain-shard', args: { shard: 3 } } }],

  validate: (ctx, step) => validateScript(ctx, step, true),
  execute: (ctx, step, { before }) => executeScript(ctx, step, before),
  verify: async (_ctx, step, _validation, effect) => verifyScript(step, effect),
  rollback: (ctx, step, { before }, effect) => undoScript(ctx, step, before, effect !== undefined),
});
