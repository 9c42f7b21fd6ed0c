import type { JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { fieldPatch } from '../fields/set-fields';
import { refOfObject } from '../target/read-target';
import { chooseRevision, revisionsOf, type Revision } from './revisions';
import { redactedDiff } from './template-diff';
import { templateHash } from './template-hash';
import { cannotRoll, templateOf } from './workload';

export const TEMPLATE = '/spec/template';

/** A revision by name, uid and hash: the template itself may be large and carry environment values. */
export type RevisionImage = { revision: number; source: string; uid: string; templateHash: string };

/** `to.templateHash` is what the server made of that revision's template in the dry-run. */
export type RollbackImage = { from: RevisionImage; to: RevisionImage; stamp: string };

/** The revision that the template is of, the one to go back to, and all that stands against it. */
export async function planRollback(ctx: ActionContext, workload: KubeObject, toRevision: number | undefined) {
  const revisions = await revisionsOf(ctx, workload);
  const now = templateHash(templateOf(workload));
  const from = revisions.find((each) => each.hash === now);
  const unrollable = cannotRoll(workload);
  const problems = unrollable ? [unrollable] : [];
  if (!from)
    return { problems: [...problems, 'its controller has not recorded the current template as a revision yet'] };
  const to = chooseRevision(revisions, from, toRevision);
  if (typeof to === 'string') return { problems: [...problems, to] };
  return { from, to, problems };
}

/** Patches the template, held to the object that was read. */
export function patchTemplate(
  ctx: ActionContext,
  workload: KubeObject,
  template: JsonObject,
  stamp: string,
  dryRun = false,
) {
  const patch = fieldPatch(workload, [{ path: TEMPLATE, value: template }], stamp);
  return ctx.cluster.patch(refOfObject(workload), patch, { dryRun });
}

/** By uid: a revision's number changes when its template comes into use again. */
export async function findRevision(
  ctx: ActionContext,
  workload: KubeObject,
  image: RevisionImage,
): Promise<Revision | undefined> {
  return (await revisionsOf(ctx, workload)).find(({ source }) => source.metadata.uid === image.uid);
}

export function imageOf({ number, source, hash }: Revision): RevisionImage {
  return { revision: number, source: source.metadata.name, uid: source.metadata.uid, templateHash: hash };
}

/** The hashes bind the whole; the single changes are for the approver's eyes, with secrets as hashes. */
export function diffOf({ from, to }: RollbackImage, workload: KubeObject, after: KubeObject): FieldChange[] {
  return [
    {
      path: TEMPLATE,
      before: `revision ${from.revision} (${from.templateHash})`,
      after: `revision ${to.revision} (${to.templateHash})`,
    },
    ...redactedDiff(templateOf(workload), templateOf(after), TEMPLATE),
  ];
}
