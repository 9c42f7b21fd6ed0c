import { matchesName } from '../../config/name-pattern';
import type { HolmesGptSettings } from '../../config/sections/holmesgpt';
import type { InvestigationScope } from '../../plan/investigation';
import type { OfferedAction, OfferedActions } from '../../plan/investigation';
import { actionMeta, type ActionRegistry } from '../registry';

/** Which actions may be recommended; see `holmesgpt.offer` and `withhold` in the settings. */
export type Offer = Pick<HolmesGptSettings, 'offer' | 'withhold'>;

/**
 * The registered actions that HolmesGPT may recommend in an incident. Only those with a target: the incident's scope bounds
 * where they act. By default only those that act on the cluster's objects: silencing an alert or loosening a probe would make
 * the alert go away and leave what is wrong.
 */
export function offeredActions(registry: ActionRegistry, offer: Offer, scope: InvestigationScope): OfferedActions {
  const kinds = new Set(scope.objects.map(({ kind }) => kind));
  const anyKind = (scope.namespaces ?? []).length > 0;
  const offered = registry
    .list()
    .filter(({ name, executor, clusterScoped, targetKinds }) => {
      const wanted = offer.offer === undefined ? executor === 'kubernetes' : matchesName(offer.offer, name);
      const reaches = anyKind ? targetKinds.length > 0 : targetKinds.some((kind) => kinds.has(kind));
      return wanted && clusterScoped && reaches && !matchesName(offer.withhold, name);
    })
    .map((definition): [string, OfferedAction] => {
      const { name, description, whenToUse, whenNotToUse, targetKinds } = definition;
      const texts = { description, whenToUse, whenNotToUse };
      const paramsSchema = registry.paramsJsonSchema(name);
      const checkParams: OfferedAction['checkParams'] = (params) => registry.checkParams(name, params);
      return [name, { meta: actionMeta(definition), ...texts, targetKinds, paramsSchema, checkParams }];
    });
  return new Map(offered);
}
