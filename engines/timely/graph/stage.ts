/**
 * Stages: the logical nodes of a dataflow; each has one vertex on every worker (Naiad §3.1).
 *
 * A stage's timestamps (of what it receives, of its notifications) are of the context that it is in. What it sends is of
 * the same context, but for an ingress (the child's) and an egress (the parent's).
 */
import {
  egressSummary,
  feedbackSummary,
  identitySummary,
  ingressSummary,
  type PathSummary,
} from '../progress/path-summary.ts'
import type { ContextId } from './loop-context.ts'

export type StageId = number

export type StageKind =
  /** Starts data: its vertices hold capabilities of their own (`dataflow/input.ts`). */
  'input' | 'regular' | 'ingress' | 'egress' | 'feedback'

export interface Stage {
  readonly id: StageId
  readonly name: string
  readonly kind: StageKind
  readonly context: ContextId
  /** Context of what it sends. */
  readonly outputContext: ContextId
}

/** What passing a stage does to a timestamp; `depth` is that of its own context. */
export function stageSummary(kind: StageKind, depth: number): PathSummary {
  switch (kind) {
    case 'ingress':
      return ingressSummary(depth)
    case 'egress':
      return egressSummary(depth)
    case 'feedback':
      return feedbackSummary(depth)
    default:
      return identitySummary(depth)
  }
}
