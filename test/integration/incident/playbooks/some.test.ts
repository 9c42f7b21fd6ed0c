import { allScenarios } from './all-scenarios';
import { describePlaybooks } from './describe-playbooks';
import { shippedPlaybooks } from './sweep';

// One of each family; all of them are `npm run test:playbooks`.
const some = (...playbooks: string[]) =>
  playbooks.map((name) => allScenarios.findLast((each) => each.playbook === name)!);

test('every playbook that ships has a staged fault in the sweep', () => {
  const tried = new Set(allScenarios.map(({ playbook }) => playbook));
  expect([...tried].sort()).toEqual(shippedPlaybooks.map(({ name }) => name).sort());
});

describePlaybooks(some('bad-rollout', 'out-of-memory', 'budget-blocks-drain', 'quota-exhausted', 'failed-job'), false);
describePlaybooks(some('bad-rollout-statefulset', 'node-not-ready'), true);
