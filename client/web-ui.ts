/**
 * Link to a workflow in Temporal's Web UI. `base` is the UI's own address (`http://localhost:8233`); run ids are left out on
 * purpose, so that the link follows a run that continued as new.
 */
export function webUiLink(base: string, namespace: string, workflowId: string): string {
  return `${base.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
