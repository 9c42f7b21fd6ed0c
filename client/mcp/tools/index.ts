import type { McpTool } from '../mcp-tool';
import { getStatus } from './get-status';
import { listActions } from './list-actions';
import { listIncidents } from './list-incidents';
import { previewPlan } from './preview-plan';
import { proposePlan } from './propose-plan';

/** All tools. None approves, rejects or steers: an agent asks, people decide. */
export const mcpTools: readonly McpTool[] = [listActions, previewPlan, proposePlan, getStatus, listIncidents];
