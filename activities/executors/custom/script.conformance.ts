import { defineFixture } from '../../conformance/fixture';
import { stageScript } from './script/staging-script';

export const conformance = defineFixture({ action: 'script', stage: stageScript });
