/** Names that the outside uses towards a workflow of type `incident` (`WorkflowType.incident`). */

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
  /** On `kubernaut.<cluster>.kubernetes`: the real top owner of the incident's object, and what belongs to it. */
  owner: 'incident.owner',
  /** On the main queue: hands alerts over to another incident (signalWithStart). */
  forward: 'incident.forward',
  /** On the main queue: what was done about this target before, from visibility. */
  past: 'incident.past',
} as const;
