import { KubernautError } from '../../plan/errors';
import type { ResolvedKind } from './cluster';
import type { Transport } from './transport';

const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** A cluster that lacks a kind is asked again at most this often, however many steps name the kind. */
const REFRESH_AT_MOST_EVERY_MS = 5_000;

interface AggregatedList {
  items?: Array<{
    metadata?: { name?: string };
    versions?: Array<{
      version: string;
      resources?: Array<{ resource: string; scope: string; responseKind?: { kind?: string } }>;
    }>;
  }>;
  /** Only in the old, unaggregated form. */
  versions?: string[];
  groups?: Array<{ preferredVersion?: { groupVersion: string }; versions: Array<{ groupVersion: string }> }>;
}

interface ResourceList {
  groupVersion: string;
  resources?: Array<{ name: string; kind: string; namespaced: boolean }>;
}

/**
 * Which kinds the server has, and where. Cached for the life of the connection; a kind that is not in the cache makes it
 * ask again, so that a CRD installed meanwhile is found.
 */
export class Discovery {
  private known: Promise<ResolvedKind[]> | undefined;
  private loadedAt = 0;
  private readonly subresources = new Map<string, Promise<Set<string>>>();

  constructor(private readonly transport: Transport) {}

  /**
   * Without `apiVersion` the server's own order decides: core first, then groups by priority, the preferred version of each
   * first. Throws `TARGET_NOT_FOUND` for a kind the server does not have.
   */
  async resolve(kind: string, apiVersion?: string): Promise<ResolvedKind> {
    const matches = (each: ResolvedKind) =>
      each.kind === kind && (apiVersion === undefined || each.apiVersion === apiVersion);
    return this.lookUp(matches, `kind ${kind}${apiVersion ? ` in ${apiVersion}` : ''}`);
  }

  /** By plural name and group, as RBAC rules name them. `undefined` when the server does not have it. */
  async resource(group: string, plural: string): Promise<ResolvedKind | undefined> {
    const matches = (each: ResolvedKind) => each.plural === plural && groupOf(each.apiVersion) === group;
    return this.lookUp(matches, plural).catch((error: unknown) => {
      if (error instanceof KubernautError && error.code === 'TARGET_NOT_FOUND') return undefined;
      throw error;
    });
  }

  private async lookUp(matches: (kind: ResolvedKind) => boolean, what: string): Promise<ResolvedKind> {
    const found = (await this.kinds()).find(matches);
    if (found) return found;
    if (Date.now() - this.loadedAt > REFRESH_AT_MOST_EVERY_MS) {
      this.known = undefined;
      const now = (await this.kinds()).find(matches);
      if (now) return now;
    }
    throw new KubernautError('TARGET_NOT_FOUND', `the API server has no ${what}`, {
      remedy: '`kubectl api-resources` lists the kinds; a custom kind needs its CRD to be installed.',
    });
  }

  /** Subresources are not in the aggregated form that `kinds` reads; the plain list of the one group version has them. */
  async hasSubresource(apiVersion: string, plural: string, subresource: string): Promise<boolean> {
    let names = this.subresources.get(apiVersion);
    if (!names) {
      const path = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}`;
      names = this.get<ResourceList>(path).then(({ resources = [] }) => new Set(resources.map(({ name }) => name)));
      this.subresources.set(apiVersion, names);
      names.catch(() => this.subresources.delete(apiVersion));
    }
    return (await names).has(`${plural}/${subresource}`);
  }

  /** All kinds in all versions, in the server's own order. */
  kinds(): Promise<ResolvedKind[]> {
    if (!this.known) {
      this.loadedAt = Date.now();
      this.known = this.load();
      this.known.catch(() => (this.known = undefined));
    }
    return this.known;
  }

  private async load(): Promise<ResolvedKind[]> {
    const [core, groups] = await Promise.all(['/api', '/apis'].map((path) => this.get<AggregatedList>(path)));
    if (core?.items && groups?.items) return [...flatten(core), ...flatten(groups)];
    // Servers before 1.27 only list group versions; each is asked for its resources.
    const preferredFirst = (groups?.groups ?? []).flatMap((group) => {
      const all = group.versions.map((each) => each.groupVersion);
      const preferred = group.preferredVersion?.groupVersion;
      return preferred ? [preferred, ...all.filter((each) => each !== preferred)] : all;
    });
    const paths = [
      ...(core?.versions ?? []).map((version) => `/api/${version}`),
      ...preferredFirst.map((each) => `/apis/${each}`),
    ];
    // An aggregated API whose backend is down must not hide all others.
    const lists = await Promise.all(paths.map((path) => this.get<ResourceList>(path).catch(() => undefined)));
    return lists.flatMap((list) =>
      (list?.resources ?? [])
        .filter((resource) => !resource.name.includes('/'))
        .map(({ name, kind, namespaced }) => ({
          apiVersion: list?.groupVersion ?? '',
          kind,
          plural: name,
          namespaced,
        })),
    );
  }

  private get<T>(path: string): Promise<T> {
    return this.transport.json<T>({ method: 'GET', path, accept: AGGREGATED, call: `discover ${path}` });
  }
}

function flatten(list: AggregatedList): ResolvedKind[] {
  return (list.items ?? []).flatMap((group) =>
    (group.versions ?? []).flatMap(({ version, resources }) =>
      (resources ?? []).flatMap((each) => {
        if (!each.responseKind?.kind) return [];
        const apiVersion = group.metadata?.name ? `${group.metadata.name}/${version}` : version;
        return [
          { apiVersion, kind: each.responseKind.kind, plural: each.resource, namespaced: each.scope === 'Namespaced' },
        ];
      }),
    ),
  );
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '';
}
