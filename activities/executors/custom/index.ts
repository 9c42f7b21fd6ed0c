import type { ActionDefinition } from '../../contract';
import { approvalGate } from './approval_gate';
import { httpCheck } from './http_check';
import { log } from './log';
import { notification } from './notification';
import { runPlan } from './run_plan';
import { script } from './script';
import { scriptWithUndo } from './script_with_undo';
import { wait } from './wait';
import { webhook } from './webhook';
import { webhookWithUndo } from './webhook_with_undo';

/** The actions of executor `custom`: those that touch no cluster. */
export const customActions: readonly ActionDefinition[] = [
  approvalGate,
  httpCheck,
  log,
  notification,
  runPlan,
  script,
  scriptWithUndo,
  wait,
  webhook,
  webhookWithUndo,
];
