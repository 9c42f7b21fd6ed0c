import type { JsonObject } from '../../plan/json';
import type { Permission } from '../contract';
import { inSetting, type Bench, type Setting } from './bench';
import { demand, type Findings } from './findings';
import { NotApplicable } from './fixture';
import { refusedWith } from './journeys';
import type { Trial } from './trial';

/** The same right for the whole catalogue: `pods/eviction create`, `deployments.apps patch`. */
export function permissionName({ apiGroup, resource }: { apiGroup: string; resource: string }, verb: string): string {
  return `${apiGroup === '' ? resource : `${resource}.${apiGroup}`} ${verb}`;
}

/** What a step must be refused for, each by its right name, before anything is changed. */
export async function refusals(bench: Bench, findings: Findings): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async (setting) => {
    const { trial } = setting;
    const { target, params } = trial.staged;
    const needsTarget = () => {
      if (target === undefined) throw new NotApplicable('it takes no target');
      return target;
    };
    await findings.check('missing-object', async () => {
      const elsewhere = { ...needsTarget(), name: 'not-there' };
      return (await refusedWith(['TARGET_NOT_FOUND'], () => trial.validate({ target: elsewhere }))).message;
    });
    await findings.check('another-object', async () => {
      const uid = '00000000-0000-4000-8000-000000000000';
      const other = { ...needsTarget(), uid };
      const refusal = await refusedWith(['TARGET_REPLACED'], () => trial.validate({ target: other }));
      const validation = await trial.validate();
      demand(validation.target?.uid !== undefined, 'validate does not return the uid of its target');
      const before = await trial.world();
      const replaced = { ...validation, target: { ...validation.target, uid } };
      await trial.execute(replaced).catch(() => undefined);
      demand(
        (await trial.changes()) === 0 && (await trial.world()) === before,
        'execute changed an object of another uid',
      );
      return refusal.message;
    });
    await findings.check('bad-params', async () => {
      const misspelled: JsonObject = { ...params, no_such_parameter: 1 };
      return (await refusedWith(['PARAMS_INVALID'], () => trial.validate({ params: misspelled }))).message;
    });
    await eachPermission(bench, findings, setting);
    await findings.check('other-writers', () => otherWritersNamed(bench, trial));
    demand((await trial.changes()) === 0, 'a refused step changed something');
  });
}

/** Marks the target as three tools mark what they keep, and looks for them in the warnings. */
async function otherWritersNamed({ staging: { kube } }: Bench, trial: Trial): Promise<string> {
  const { target, diff } = await trial.validate();
  const fields = diff.filter(({ path }) => path.startsWith('/'));
  if (target === undefined || fields.length === 0) throw new NotApplicable('it changes no field of its target');
  const object = await kube.find(target);
  if (object === undefined) throw new NotApplicable(`${target.kind} ${target.name} is no object of the cluster`);
  await kube.merge(target, {
    metadata: {
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
      annotations: { 'argocd.argoproj.io/tracking-id': 'shop', 'meta.helm.sh/release-name': 'shop' },
    },
  });
  const { warnings } = await trial.validate();
  const silent = ['Argo CD', 'Flux', 'Helm'].filter((tool) => !warnings.some((each) => each.includes(tool)));
  demand(silent.length === 0, `it keeps silent about ${silent.join(', ')}: ${JSON.stringify(warnings)}`);
  return `${fields.length} fields; Argo CD, Flux and Helm are named`;
}

/** Each declared right is taken away; those of other kinds are tried on the variants. */
async function eachPermission(bench: Bench, findings: Findings, setting: Setting): Promise<void> {
  await findings.check('permissions-needed', async () => {
    const { permissions } = bench.action;
    if (permissions.length === 0) throw new NotApplicable('it declares none');
    const optional = bench.fixture.optionalPermissions ?? {};
    let open = singles(permissions).filter(({ name }) => optional[name] === undefined);
    const all = open.length;
    open = await unnoticed(bench, setting, open);
    for (const stage of Object.values(bench.fixture.variants ?? {})) {
      if (open.length === 0) break;
      const left = open;
      open = await inSetting(bench, stage, (variant: Setting) => unnoticed(bench, variant, left));
    }
    demand(open.length === 0, `validate goes on without: ${open.map(({ name }) => name).join(', ')}`);
    const documented = Object.entries(optional).map(([name, why]) => `, optional: ${name} (${why})`);
    return `${all} rights, each missing one refused${documented.join('')}`;
  });
}

interface Single {
  name: string;
  permission: Permission;
  verb: Permission['verbs'][number];
}

function singles(permissions: readonly Permission[]): Single[] {
  return permissions.flatMap((permission) =>
    permission.verbs.map((verb) => ({ name: permissionName(permission, verb), permission, verb })),
  );
}

/** Those without which validate does not refuse. */
async function unnoticed(bench: Bench, setting: Setting, rights: readonly Single[]): Promise<Single[]> {
  const answers = await inGroups(rights, 4, async (right) => {
    const rest = bench.action.permissions
      .map((each) => (each === right.permission ? without(each, right.verb) : each))
      .filter(({ verbs }) => verbs.length > 0);
    const account = await setting.account(rest);
    return refusedWith(['FORBIDDEN'], () => setting.trial.validate({ account })).then(
      () => undefined,
      () => right,
    );
  });
  return answers.filter((each) => each !== undefined);
}

function without(permission: Permission, verb: Single['verb']): Permission {
  return { ...permission, verbs: permission.verbs.filter((each) => each !== verb) };
}

async function inGroups<T, R>(items: readonly T[], size: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(run))));
  }
  return results;
}

/** Judged over all trials of the action: rights that were used, and whether the declared ones were enough. */
export async function judgePermissions(bench: Bench, findings: Findings): Promise<void> {
  const { permissions } = bench.action;
  const refused = bench.trials.flatMap(({ forbidden }) => forbidden);
  await findings.check('permissions-suffice', async () => {
    if (bench.action.childPlan) throw new NotApplicable('its steps bring the rights of their own actions');
    if (!bench.action.clusterScoped) throw new NotApplicable('it works outside any cluster');
    demand(refused.length === 0, `refused under the declared rights: ${refused.join('; ')}`);
    return `${singles(permissions).length} rights, ${bench.trials.length} trials`;
  });
  await findings.check('permissions-used', async () => {
    if (permissions.length === 0) throw new NotApplicable('it declares none');
    const called = new Set(
      bench.trials.flatMap(({ record }) =>
        record.calls.map(({ permission }) => permissionName(permission, permission.verb)),
      ),
    );
    // Where the server's own log is at hand, it decides.
    const audited = bench.audit && (await auditedRights(bench));
    // A watch that has nothing to wait for is ended before it reaches the server, and leaves no line in the log. And the audit
    // policy may leave out a resource altogether, as most do with events: then nobody's calls on it are there.
    const witness = ({ verb, permission: { resource } }: Single) =>
      audited === undefined || verb === 'watch' || !bench.audit?.mentions(resource) ? called : audited;
    const spared = bench.fixture.unusedPermissions ?? {};
    const idle = singles(permissions).filter((single) => !witness(single).has(single.name));
    const wrong = idle.filter(({ name }) => spared[name] === undefined).map(({ name }) => name);
    demand(wrong.length === 0, `declared and never used: ${wrong.join(', ')}`);
    const notes = idle.map(({ name }) => `, but ${name} (${spared[name]})`).join('');
    return `all of ${singles(permissions).length}${audited ? ', by the audit log too' : ''}${notes}`;
  });
}

async function auditedRights({ audit, usernames }: Bench): Promise<Set<string>> {
  const calls = await Promise.all(usernames.map(async (username) => (await audit?.callsOf(username)) ?? []));
  return new Set(
    calls.flat().map(({ verb, objectRef = {} }) => {
      const { apiGroup = '', resource = '', subresource } = objectRef;
      return permissionName({ apiGroup, resource: subresource ? `${resource}/${subresource}` : resource }, verb);
    }),
  );
}
