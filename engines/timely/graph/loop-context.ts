/**
 * Loop contexts: the nesting of loops that a logical graph is made of (Naiad §2.1).
 *
 * The root context has no loop counter; each context inside another adds one. Edges enter a context through an ingress
 * stage, leave it through an egress stage, and go around through a feedback stage, and in no other way.
 */
export type ContextId = number

export interface LoopContext {
  readonly id: ContextId
  /** The context around it; undefined for the root. */
  readonly parent: ContextId | undefined
  /** Loops around a place in it: 0 for the root. */
  readonly depth: number
}

export const ROOT_CONTEXT: ContextId = 0

/** Whether `inner` is `outer` or lies in it. */
export function isWithin(
  contexts: readonly LoopContext[],
  inner: ContextId,
  outer: ContextId,
): boolean {
  let at: ContextId | undefined = inner
  while (at !== undefined) {
    if (at === outer) return true
    at = contexts[at]!.parent
  }
  return false
}
