import { type BridgeRole, bridgeRoles, type MappedRoles } from '../../../config/sections/bridge';

/** The roles that somebody with these groups (or this name) has by the settings. */
export function rolesOf(groups: readonly string[], mapping: MappedRoles): Set<BridgeRole> {
  return new Set(bridgeRoles.filter((role) => mapping[role].some((name) => groups.includes(name))));
}

/** A name fit for history and logs; undefined for anything else. */
export function personName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Not cut: two long names must not become one.
  return /^[^\p{Cc}\p{Cf}\p{Z}](?:[^\p{Cc}\p{Cf}]{0,198}[^\p{Cc}\p{Cf}\p{Z}])?$/u.test(value) ? value : undefined;
}
