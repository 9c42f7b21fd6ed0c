import type { ActionDefinition } from '../../contract';
import { log } from './log';
import { wait } from './wait';

/** The actions of executor `custom`: those that touch no other system. */
export const customActions: readonly ActionDefinition[] = [log, wait];
