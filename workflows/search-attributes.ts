import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * How remediations and incidents are found (`KubernautState = "awaiting_approval"`). SQL visibility allows 10 Keyword and
 * 3 attributes of each other type in a namespace: think before adding one.
 */
export const searchAttributeKeys = {
  cluster: defineSearchAttributeKey('KubernautCluster', 'KEYWORD'),
  namespace: defineSearchAttributeKey('KubernautNamespace', 'KEYWORD'),
  target: defineSearchAttributeKey('KubernautTarget', 'KEYWORD'),
  alert: defineSearchAttributeKey('KubernautAlert', 'KEYWORD'),
  state: defineSearchAttributeKey('KubernautState', 'KEYWORD'),
  outcome: defineSearchAttributeKey('KubernautOutcome', 'KEYWORD'),
  risk: defineSearchAttributeKey('KubernautRisk', 'KEYWORD'),
  actions: defineSearchAttributeKey('KubernautActions', 'KEYWORD_LIST'),
  deadline: defineSearchAttributeKey('KubernautDeadline', 'DATETIME'),
  dryRun: defineSearchAttributeKey('KubernautDryRun', 'BOOL'),
} as const;
