/**
 * The plain chain: `map filter flatMap keyBy stamp` on plain values, by the user's functions.
 *
 * It is what a chain means; `column-chain.ts` is held to it. A record goes through all nodes before the next one starts,
 * so nothing is gathered between two nodes. What comes out is visited in batches of about `VALUES_MAX`.
 */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { NarrowNode } from '../plan/dataflow.ts'
import type { Chain } from './chain.ts'
import type { LogicalContext } from './lowered.ts'
import { OperatorErrors } from './user-function.ts'

/** Values of a batch, after which it is handed on. A record's flatMap is not cut. */
const VALUES_MAX = 256

/** Makes plain values of a batch of `text` or `rows`: the records of whoever put it out. */
export type BatchDecoder = (batch: Exclude<Batch, { kind: 'values' }>) => readonly unknown[]

type Sink = (record: unknown) => void

/**
 * A chain of the nodes' plain functions.
 *
 * `decode` is asked for batches that are not plain values. Errors: `UserFunctionError` with record, operator and logical
 * time when a function throws, or when who is visited cannot encode what the last one has made.
 */
export function plainChain(
  nodes: readonly NarrowNode[],
  decode: BatchDecoder,
  context: LogicalContext,
): Chain {
  const last = nodes.at(-1)
  if (last === undefined) {
    return {
      run(batch, visit) {
        const values = batch.kind === 'values' ? batch.values : decode(batch)
        if (values.length > 0) visit({ kind: 'values', values })
      },
    }
  }
  const errors = errorsOf(last, context)
  const handOn = (values: readonly unknown[], visit: (batch: Batch) => void): void => {
    try {
      visit({ kind: 'values', values })
    } catch (cause) {
      throw errors.encoding(cause)
    }
  }
  let out: unknown[] = []
  const collect: Sink = (record) => {
    out.push(record)
  }
  const first = nodes.reduceRight((next, node) => stage(node, next, context), collect)
  return {
    run(batch, visit) {
      const records = batch.kind === 'values' ? batch.values : decode(batch)
      // Whatever an earlier call left behind when a function threw belongs to no batch.
      out = []
      for (let i = 0; i < records.length; i++) {
        first(records[i])
        if (out.length >= VALUES_MAX) {
          const values = out
          out = []
          handOn(values, visit)
        }
      }
      if (out.length > 0) handOn(out, visit)
    },
  }
}

/** A node goes by the word that the user wrote: it may be one of several that the word is made of. */
function errorsOf({ word, id }: NarrowNode, context: LogicalContext): OperatorErrors {
  return new OperatorErrors({ kind: word, id }, context)
}

/** One node: calls its function, and hands on outside of the `try` what came of it. */
function stage(node: NarrowNode, next: Sink, context: LogicalContext): Sink {
  const { f } = node
  const errors = errorsOf(node, context)
  switch (node.kind) {
    case 'map':
      return (record) => {
        let mapped: unknown
        try {
          mapped = f(record)
        } catch (cause) {
          throw errors.threw(cause, record)
        }
        next(mapped)
      }
    case 'stamp':
      return (record) => {
        let stamped: unknown
        try {
          stamped = f(context.tick, record, context.round ?? 0)
        } catch (cause) {
          throw errors.threw(cause, record)
        }
        next(stamped)
      }
    case 'keyBy':
      return (record) => {
        let key: unknown
        try {
          key = f(record)
        } catch (cause) {
          throw errors.threw(cause, record)
        }
        next([key, record])
      }
    case 'filter':
      return (record) => {
        let passes: unknown
        try {
          passes = f(record)
        } catch (cause) {
          throw errors.threw(cause, record)
        }
        if (passes) next(record)
      }
    case 'flatMap':
      return (record) => {
        let items: Iterable<unknown>
        try {
          items = f(record)
          // A generator runs, and may throw, while it is read.
          if (!Array.isArray(items)) items = [...items]
        } catch (cause) {
          throw errors.threw(cause, record)
        }
        const list = items as readonly unknown[]
        for (let i = 0; i < list.length; i++) next(list[i])
      }
    case 'lookup':
      assert(false, `${node.word} (node ${node.id}): its static rows are bound where it is lowered`)
  }
}
