import type { InvestigateInput, PastRemediation } from '../investigation';
import type { Alert, IncidentOwner, InvestigateRequest, PushedRecommendations } from './types';

/** Inputs and answers of the activities in `IncidentActivity`. */
export interface OwnerInput {
  incident: string;
  owner: IncidentOwner;
  /** From the alerts: it tells the owner better than a guess from its name. */
  pods: string[];
}

export interface HealthInput {
  incident: string;
  owner: IncidentOwner;
  soakMs: number;
}

export interface PastInput {
  incident: string;
  owner: IncidentOwner;
  /** Of the run that asks: it is not its own past. */
  runId: string;
}

export interface PastAnswer {
  past: PastRemediation[];
  nextNumber: number;
}

export interface ForwardInput {
  owner: IncidentOwner;
  alerts: Alert[];
  /** Default: none. */
  questions?: InvestigateRequest[];
  pushed?: PushedRecommendations[];
}

export interface PlaybooksInput {
  owner: IncidentOwner;
  alerts: Alert[];
}

export interface ReadRecommendationsInput {
  pushed: PushedRecommendations;
  input: InvestigateInput;
}
