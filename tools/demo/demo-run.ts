import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createRegistry } from '../../activities/actions';
import { readAudit } from '../../activities/audit/reader/read-audit';
import { Incidents } from '../../client/bridge/incidents';
import { renderAudit } from '../../client/cli/output/audit-view';
import { renderPreview } from '../../client/cli/output/preview-view';
import { renderResult } from '../../client/cli/output/result-view';
import { Remediations } from '../../client/remediations';
import { webUiLink } from '../../client/web-ui';
import { checkPlan } from '../../plan/check';
import type { IncidentStatus } from '../../plan/incident';
import type { RemediationPlan } from '../../plan/model';
import type { RemediationResult } from '../../plan/outcome';
import type { Stack } from '../stack/stack';
import type { DemoIo } from './demo-io';

/** What both parts of the demo do with a plan: check, start, watch, show the audit. */
export class DemoRun {
  private constructor(
    private readonly io: DemoIo,
    private readonly stack: Stack,
    private readonly connection: Connection,
    readonly client: Client,
    readonly remediations: Remediations,
    private readonly incidents: Incidents,
  ) {}

  static async open(io: DemoIo, stack: Stack): Promise<DemoRun> {
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const client = new Client({ connection, namespace: stack.temporalNamespace });
    const registry = createRegistry();
    const actions = (name: string) => registry.meta(name);
    const remediations = new Remediations(client, { actions });
    return new DemoRun(io, stack, connection, client, remediations, new Incidents(client));
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** The plan with its defaults; throws with every problem when it is not valid. */
  check(document: unknown): RemediationPlan {
    const checked = checkPlan(document, { actions: createRegistry() });
    if (checked.ok) return checked.plan;
    throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  }

  async start(plan: RemediationPlan): Promise<string> {
    const { id } = await this.remediations.start(plan);
    this.io.say(`workflow  ${id}`);
    this.io.say(`Web UI    ${this.link(id)}`);
    return id;
  }

  link(id: string): string {
    return webUiLink(this.stack.webUiUrl, this.stack.temporalNamespace, id);
  }

  /** Waits until the incident is as wished. Throws with where it stands after `seconds`. */
  async untilIncident(id: string, wished: (status: IncidentStatus) => boolean, seconds = 60): Promise<IncidentStatus> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const status = await this.incidents.status(id).catch((error: unknown) => {
        if (Date.now() > end) throw error;
        return undefined;
      });
      if (status !== undefined && wished(status)) return status;
      if (Date.now() > end) throw new Error(`${id} is still ${status?.phase} after ${seconds} s`);
      await sleep(200);
    }
  }

  /** The preview as an approver sees it. */
  async showPreview(id: string): Promise<void> {
    this.io.block(renderPreview(await this.remediations.preview(id), this.io.colors));
  }

  /** Waits until a person is asked; returns the digest to approve. */
  async untilAsked(id: string): Promise<string> {
    for await (const status of this.remediations.watch(id)) {
      const asked = status.approvals[0];
      if (asked) return asked.digest;
    }
    throw new Error(`${id} ended without asking for approval`);
  }

  /** One line whenever a step changes its status, until the end. */
  async follow(id: string): Promise<RemediationResult> {
    const shown = new Map<string, string>();
    for await (const status of this.remediations.watch(id)) {
      for (const step of status.steps) {
        if (shown.get(step.id) === step.status || step.status === 'pending') continue;
        shown.set(step.id, step.status);
        this.io.block(`${step.status.padEnd(17)} ${step.id.padEnd(10)} ${step.detail ?? step.summary ?? ''}`);
      }
    }
    return this.remediations.result(id);
  }

  async showResult(id: string, result: RemediationResult): Promise<void> {
    this.io.say('');
    this.io.block(renderResult({ ...result, steps: [] }, this.io.colors));
    this.io.say('\nAudit trail, from the event history of the workflow:');
    this.io.block(renderAudit(await readAudit(this.client, id), this.io.colors));
  }
}
