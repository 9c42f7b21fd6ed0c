import { defineAction } from '../../contract';
import {
  executeScript,
  scriptParams,
  validateScript,
  verifyScript,
  type ScriptBefore,
  type ScriptParams,
} from './script/script-step';

/**
 * Runs a script of the operator's, pinned by its hash, in a sandbox (see `sandboxArguments`). Verified when it ends with 0.
 * It is told the operation id (`KUBERNAUT_OPERATION_ID`), so that it can know a repetition; a second attempt is made only where
 * the settings call it repeatable.
 */
export const script = defineAction<ScriptParams, ScriptBefore>({
  name: 'script',
  executor: 'custom',
  description: 'Runs a script that kubernaut.yaml names and pins, in a sandbox.',
  whenToUse: 'For an act that no other action has, and that has no undo.',
  whenNotToUse:
    'When the script has an undo (`script_with_undo`), or another action does it: that one can show a diff and verify.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params: scriptParams,
  examples: [{ title: 'Compact the search index', params: { script: 'compact-index', args: { index: 'orders' } } }],

  validate: (ctx, step) => validateScript(ctx, step, false),

  async execute(ctx, step, { before }) {
    const effect = await executeScript(ctx, step, before);
    return { ...effect, irreversible: [`script ${step.params.script} was run`] };
  },

  verify: async (_ctx, step, _validation, effect) => verifyScript(step, effect),
});
