import type { InvestigateInput, ObjectName, PastRemediation } from '../investigation';
import type { JsonObject } from '../json';
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
  /** The owner and what belongs to it. Absent in histories from before playbooks could name other objects. */
  objects?: ObjectName[];
  /** Its pod template changed within the hour. */
  changed?: boolean;
}

/** For `incident.notify`: what the action `notification` takes, without a channel: the routes decide who is told. */
export interface EscalationNotice {
  /** One for each escalation: what a receiver knows a repetition by. */
  operationId: string;
  cluster: string;
  params: JsonObject;
}

/** What became of it, in a sentence. */
export interface NoticeDelivery {
  /** Everybody who was meant was told. */
  told: boolean;
  summary: string;
}

export interface ReadRecommendationsInput {
  pushed: PushedRecommendations;
  input: InvestigateInput;
}
