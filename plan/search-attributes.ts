/**
 * How remediations and incidents are found (`KubernautState = "awaiting_approval"`): name and type of each search attribute,
 * in the form of the SDK's `SearchAttributeKey`. SQL visibility allows 10 Keyword and 3 attributes of each other type in a
 * namespace: think before adding one.
 */
export const searchAttributeKeys = {
  cluster: { name: 'KubernautCluster', type: 'KEYWORD' },
  namespace: { name: 'KubernautNamespace', type: 'KEYWORD' },
  target: { name: 'KubernautTarget', type: 'KEYWORD' },
  alert: { name: 'KubernautAlert', type: 'KEYWORD' },
  state: { name: 'KubernautState', type: 'KEYWORD' },
  outcome: { name: 'KubernautOutcome', type: 'KEYWORD' },
  risk: { name: 'KubernautRisk', type: 'KEYWORD' },
  actions: { name: 'KubernautActions', type: 'KEYWORD_LIST' },
  deadline: { name: 'KubernautDeadline', type: 'DATETIME' },
  dryRun: { name: 'KubernautDryRun', type: 'BOOL' },
} as const;
