import type { IncidentState } from './state';
import { IncidentPhase, type IncidentInput } from './types';

export function initialIncident(
  id: string,
  { owner, fingerprint, ownerResolved = false }: IncidentInput,
): IncidentState {
  return {
    id,
    owner,
    fingerprint,
    ownerResolved,
    phase: IncidentPhase.resolving,
    alerts: [],
    more: {},
    received: 0,
    objects: [],
    past: [],
    nextNumber: 1,
    attempts: [],
    tried: [],
    signatures: [],
    played: [],
    pushed: [],
    questions: [],
    why: [],
    facts: [],
  };
}
