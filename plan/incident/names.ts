/** Names that the outside uses towards a workflow of type `incident` (`WorkflowType.incident`), and those of its activities. */

/** Signals; payloads are in `types.ts`. Abort is also an update of the same name, which answers. */
export const IncidentSignal = {
  /** One {@link Alert}, firing or resolved. */
  alert: 'alert',
  /** {@link PushedRecommendations}: what another tool suggests, untrusted. */
  recommendations: 'recommendations',
  /** {@link InvestigateRequest}: a person or tool asks for an investigation, without an alert if need be. */
  investigate: 'investigate',
  /** {@link IncidentAbort}. */
  abort: 'abort',
} as const;
export type IncidentSignal = (typeof IncidentSignal)[keyof typeof IncidentSignal];

export const IncidentQuery = { status: 'status', audit: 'audit' } as const;

/** Activities that only incidents use. */
export const IncidentActivity = {
  /** Local, main queue: what kubernaut.yaml says, so that the course of an incident follows from its history. */
  settings: 'incident.settings',
  /** Local, main queue: the playbooks that fit the alerts. */
  playbooks: 'incident.playbooks',
  /** Main queue: what was done about this target before. */
  past: 'incident.past',
  /** Main queue: hands alerts over to another incident (signalWithStart). */
  forward: 'incident.forward',
  /** Main queue: reads what another tool has pushed, with the bounds of HolmesGPT's own answers. */
  readRecommendations: 'incident.read_recommendations',
  /** Main queue: tells people that one of them is needed. */
  notify: 'incident.notify',
  /** Main queue: waits for a remediation that an earlier run of the incident has started. */
  awaitRemediation: 'incident.await_remediation',
  /** On `kubernaut.<cluster>.kubernetes`: the real top owner of the incident's object, and what belongs to it. */
  owner: 'incident.owner',
  /** On `kubernaut.<cluster>.kubernetes`: waits until the owner has been healthy for the soak time, or cannot become so. */
  health: 'incident.health',
} as const;
