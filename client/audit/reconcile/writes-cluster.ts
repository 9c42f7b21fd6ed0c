import type { ActionRegistry } from '../../../activities/registry';

const reading: readonly string[] = ['get', 'list', 'watch'];

/** Whether an action changes something through the API server: what it needs rights for says so. */
export function writesCluster(registry: ActionRegistry): (action: string) => boolean | undefined {
  return (name) => {
    if (!registry.has(name)) return undefined;
    const { permissions, readOnly } = registry.get(name);
    return !readOnly && permissions.some(({ verbs }) => verbs.some((verb) => !reading.includes(verb)));
  };
}
