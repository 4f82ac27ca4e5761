/**
 * A plan as plain data, so that random plans can be drawn, shrunk, printed, and rebuilt in every process by name.
 *
 * A list of steps. Each names its word, its parameters, and which of the earlier streams of its type it reads: counted back
 * from the last one, modulo how many there are. So steps make graphs with forks and joins, every list of steps is a valid
 * plan, and so is what is left when some are taken out. Lengths are in periods of what is windowed, for the same reason.
 *
 *   text   lines and words           pairs    [key, number]           lists    [key, nested numbers]
 *   tables key → number              ranks    rank → [key, number]
 */
import type { NamedPlan } from '../plan/plan.ts'

/** Counted back among the streams of a type: 0 is the last. */
export type Place = number

/** In periods of what is windowed; the longer one of both is the length. */
export interface Span {
  readonly length: number
  readonly slide: number
}

export type EventKind = 'text' | 'pairs' | 'lists'

export type TextChange =
  | 'words'
  | 'split'
  | 'lower-case'
  | 'prefix'
  | 'trim'
  | 'contains'
  | 'longer-than'
  | 'not-empty'
  | 'twice'

export type PairForm = 'ones' | 'lengths' | 'by-first'

export type PairChange =
  | 'odd-values'
  | 'sevens'
  | 'swap'
  | 'halves'
  | 'few-keys'
  | 'strange-keys'
  | 'listed'

/** Those of the functions with kernels, and two that are like them and have none. */
export type Reduce = 'sum' | 'min' | 'max' | 'largest' | 'smallest'

/** `kept`: keys leave by their timeout alone. `exits`: by what their events say, too. `by-time`: events have a time. */
export type Tracking = 'kept' | 'exits' | 'expired' | 'by-time'

/** In a loop: pairs to pairs. */
export type LoopWord = 'sum' | 'distinct' | 'running' | 'grouped' | 'joined' | 'joined-outside'

export interface Loop {
  /** A loop among them is in this loop. */
  readonly body: readonly (LoopWord | Loop)[]
  readonly rounds: number
  readonly fresh: boolean
}

export type StepWord =
  | { readonly word: 'narrow'; readonly of: 'text'; readonly how: TextChange }
  | { readonly word: 'narrow'; readonly of: 'pairs'; readonly how: PairChange }
  /** Lists become pairs, whose values tell the lists' values and their order. */
  | { readonly word: 'narrow'; readonly of: 'lists' }
  /** Text becomes pairs. */
  | { readonly word: 'pair'; readonly how: PairForm }
  | { readonly word: 'union'; readonly of: EventKind; readonly with: Place }
  | { readonly word: 'distinct'; readonly of: EventKind }
  | { readonly word: 'window'; readonly of: EventKind; readonly span: Span }
  | { readonly word: 'countByWindow'; readonly of: EventKind; readonly span: Span }
  | { readonly word: 'stamp'; readonly of: 'text' | 'pairs' }
  | { readonly word: 'exchange' }
  | { readonly word: 'reduceByKey'; readonly reduce: Reduce }
  | { readonly word: 'groupByKey' }
  | { readonly word: 'cogroup'; readonly with: Place }
  | { readonly word: 'join'; readonly with: Place }
  | { readonly word: 'runningReduce'; readonly reduce: Reduce }
  | {
      readonly word: 'reduceByWindow'
      readonly span: Span
      readonly how: 'sum' | 'inverse' | 'largest'
    }
  /** A timeout in periods; 0: none. */
  | { readonly word: 'track'; readonly how: Tracking; readonly timeout: number }
  /** A lateness in periods. */
  | { readonly word: 'reduceByEventTime'; readonly span: Span; readonly lateness: number }
  /** Of a table with pairs of its period. */
  | { readonly word: 'tableJoin'; readonly with: Place }
  | { readonly word: 'staticJoin' }
  | { readonly word: 'changes'; readonly of: 'tables' | 'ranks' }
  | { readonly word: 'topK'; readonly k: number }
  /** Of `labels` the loop's body is the label propagation of a graph, whose edges the pairs are. */
  | {
      readonly word: 'iterate'
      readonly loop: Loop
      readonly result: 'pairs' | 'table' | 'labels'
    }

export type PlanStep = StepWord & {
  readonly from: Place
  /** How many outputs it has by itself; what nothing reads has one anyway. */
  readonly out: number
}

export interface RandomPlan {
  /** Of its records: lines, or pairs of 32-bit integers. */
  readonly format: 'text' | 'u32x2'
  readonly intervalMs: number
  readonly steps: readonly PlanStep[]
}

/** Processes build it by `random-plan-maker.ts`. */
export function randomPlanNamed(plan: RandomPlan): NamedPlan {
  return {
    module: 'engines/core/conformance/random-plan-maker.ts',
    export: 'randomPlan',
    parameters: { plan },
  }
}
