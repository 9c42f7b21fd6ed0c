import type { ActionRegistry } from '../../activities/registry';
import type { KillSwitch } from '../kill-switch';
import type { ActionRules } from '../../config/sections/action-rules';
import type { Remediations } from '../remediations';
import type { Decisions } from './decisions';
import type { Incidents } from './incidents';
import type { BridgeMetrics } from './metrics';
import type { Readiness } from './readiness';
import type { SlackResponder } from './slack/responder';

/** What the routes work with. */
export interface BridgeContext {
  remediations: Pick<
    Remediations,
    | 'start'
    | 'list'
    | 'get'
    | 'status'
    | 'preview'
    | 'watch'
    | 'override'
    | 'abort'
    | 'pause'
    | 'resume'
    | 'takeOver'
    | 'handBack'
    | 'skipStep'
    | 'retryStep'
  >;
  incidents: Pick<Incidents, 'tell' | 'list' | 'get' | 'status' | 'abort'>;
  decisions: Pick<Decisions, 'approve' | 'reject' | 'revoke' | 'override'>;
  /** Absent: nobody decides by Slack. */
  slack?: Pick<SlackResponder, 'decided' | 'refused' | 'settled'>;
  killSwitch: Pick<KillSwitch, 'engage' | 'release' | 'status'>;
  /** That the settings name; there may be others. */
  clusters: readonly string[];
  /** What plans may do. */
  actions: ActionRegistry;
  /** What the settings deny or narrow of them. Default: nothing. */
  rules?: ActionRules;
  /** Of alerts that name none. */
  defaultCluster: string;
  readiness(): Promise<Readiness>;
  metrics: BridgeMetrics;
  maxStreams: number;
  /** Aborts when the bridge is being stopped: streams end. */
  stopping: AbortSignal;
  /** Milliseconds between two looks at a remediation that is watched. Default 1000. */
  watchIntervalMs?: number;
}
