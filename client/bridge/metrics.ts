import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of one bridge, in a registry of their own. All labels are bounded: routes are patterns, never paths.
 *
 * - `kubernaut_bridge_request_duration_seconds{method,route,status}` histogram
 * - `kubernaut_bridge_alerts_total{result}` counter: `accepted`, `invalid`, `not_accepted`
 * - `kubernaut_bridge_alerts_truncated_total` counter: what Alertmanager left out of its messages (its `max_alerts`)
 * - `kubernaut_bridge_refused_total{code}` counter: requests refused before any work: who it is, what it may, how often
 * - `kubernaut_mcp_calls_total{tool,result}` counter: calls of tools by agents; `ok` or the code of the problem
 * - `kubernaut_bridge_streams` gauge: live progress that is watched now
 */
export class BridgeMetrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly duration = new Histogram({
    name: 'kubernaut_bridge_request_duration_seconds',
    help: 'From the request to the end of its answer; streams are not counted.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: this.registers,
  });
  readonly alerts = new Counter({
    name: 'kubernaut_bridge_alerts_total',
    help: 'Alerts of webhooks, by what became of them; not_accepted ones are sent again by Alertmanager.',
    labelNames: ['result'],
    registers: this.registers,
  });
  readonly truncated = new Counter({
    name: 'kubernaut_bridge_alerts_truncated_total',
    help: 'Alerts that Alertmanager left out of its messages because of its own max_alerts.',
    registers: this.registers,
  });
  readonly refused = new Counter({
    name: 'kubernaut_bridge_refused_total',
    help: 'Requests refused before any work, by problem code.',
    labelNames: ['code'],
    registers: this.registers,
  });
  readonly toolCalls = new Counter({
    name: 'kubernaut_mcp_calls_total',
    help: 'Calls of MCP tools, by tool; result is ok or the code of the problem.',
    labelNames: ['tool', 'result'],
    registers: this.registers,
  });
  readonly streams = new Gauge({
    name: 'kubernaut_bridge_streams',
    help: 'Live progress that is watched now.',
    registers: this.registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
