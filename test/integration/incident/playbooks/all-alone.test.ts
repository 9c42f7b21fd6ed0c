import { allScenarios } from './all-scenarios';
import { describePlaybooks } from './describe-playbooks';

describePlaybooks(allScenarios, false);
