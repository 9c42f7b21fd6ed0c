import type { ActionMeta } from './step-io';

/** What plans may name, as the plan language sees it; `ActionRegistry` is one. */
export interface ActionCatalog {
  has(name: string): boolean;
  names(): Iterable<string>;
  /** Asked for registered names only. Without it, or without `targetKinds`, targets are not held against the action. */
  meta?(name: string): (ActionMeta & { targetKinds?: readonly string[] }) | undefined;
  /** Every problem of the params; asked for registered names only. Without it params are not checked. */
  checkParams?(name: string, params: unknown): ParamsProblem[];
}

export interface ParamsProblem {
  /** JSON pointer into the params: `/fields/service`; empty for the params as a whole. */
  path: string;
  message: string;
}
