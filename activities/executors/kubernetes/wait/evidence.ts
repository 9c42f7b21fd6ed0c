import type { JsonObject } from '../../../../plan/json';
import type { Evidence } from '../../../../plan/step-io';

export function proven(summary: string, data: JsonObject): Evidence {
  return { verified: true, summary, data };
}

export function refuted(summary: string, data: JsonObject = {}): Evidence {
  return { verified: false, summary, data };
}
