import { z } from 'zod';
import { ClientError, ClientErrorKind } from '../../errors';
import { actionDetails } from '../../action-details';
import { didYouMean } from '../../../plan/close-names';
import { defineTool } from '../mcp-tool';

export const listActions = defineTool({
  name: 'list_actions',
  title: 'List actions',
  description:
    'The actions that a step of a plan may name. Without a name: all of them in short (risk, whether it can be undone, kinds of ' +
    'targets). With a name: when to use it and when not, the JSON Schema of its params, examples, and where it is denied.',
  role: 'read',
  readOnly: true,
  input: z.strictObject({
    name: z.string().min(1).max(255).optional().describe('An action to explain, as scale_deployment.'),
    executor: z.string().min(1).max(255).optional().describe('Only those of it: kubernetes, monitoring, custom.'),
  }),
  async call({ name, executor }, { context: { actions, rules } }) {
    if (name !== undefined) {
      if (!actions.has(name)) throw noSuchAction(name, actions.names());
      return { action: actionDetails(actions, actions.get(name), rules) };
    }
    return {
      actions: actions.list(executor).map((action) => ({
        name: action.name,
        executor: action.executor,
        description: action.description,
        risk: action.risk,
        undo: action.readOnly ? 'read-only' : action.reversibility,
        targetKinds: action.targetKinds,
      })),
    };
  },
});

function noSuchAction(name: string, known: readonly string[]): ClientError {
  return new ClientError(ClientErrorKind.notFound, `There is no action ${JSON.stringify(name)}.`, {
    remedy: didYouMean(name, known, 'list_actions without a name has all of them.'),
  });
}
