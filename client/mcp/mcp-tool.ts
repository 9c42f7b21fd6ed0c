import type { z } from 'zod';
import type { BridgeRole } from '../../config/sections/bridge';
import type { BridgeContext } from '../bridge/bridge-context';
import type { Identity } from '../bridge/identity';

/** What the tools work with. */
export interface McpContext extends Pick<BridgeContext, 'remediations' | 'incidents' | 'actions' | 'rules'> {
  /** How long `preview_plan` waits for its answer, in milliseconds; sooner than clients give up. Default 45 s. */
  previewWaitMs?: number;
}

/** Who calls, as authenticated. */
export type McpCaller = Pick<Identity, 'name' | 'roles'>;

export interface ToolCall {
  context: McpContext;
  caller: McpCaller;
  /** Aborts when the caller has gone. */
  signal: AbortSignal;
}

/** One tool of the MCP server. */
export interface McpTool {
  name: string;
  title: string;
  /** For a model: what it does, when to use it, what comes back. */
  description: string;
  /** Callers without it neither see the tool nor may call it. */
  role: BridgeRole;
  /** Nothing is started by it. */
  readOnly: boolean;
  input: z.ZodType;
  /** @throws ClientError, KubernautError or HttpProblem: its text is shown to the caller */
  call(input: unknown, call: ToolCall): Promise<object>;
}

/** Gives `call` the type that its schema parses to. */
export function defineTool<S extends z.ZodType>(
  tool: Omit<McpTool, 'input' | 'call'> & { input: S; call(input: z.output<S>, call: ToolCall): Promise<object> },
): McpTool {
  return tool as McpTool;
}
