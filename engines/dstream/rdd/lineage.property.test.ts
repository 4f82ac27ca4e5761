/**
 * Laws of lineage, for windows of any length and slide, batches of any length:
 *
 * 1. a task finds what it reads among what earlier tasks left and nobody declared dead (nothing dies too early);
 * 2. what is not dead is bounded by the window, however many batches there were (nothing lives forever);
 * 3. a checkpoint suffices: from `neededAfter(C)` alone, every later task finds what it reads;
 * 4. a partition that was lost and made again, with just the parts that were asked for, is the lost partition: the same
 *    blocks, with the same contents, where a block's content is the batches that it was made from.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TickLog } from '../../core/input/tick-log.ts'
import type { Dataflow, DataflowOperator, Step } from '../../core/plan/dataflow.ts'
import { buildDataflow } from '../../core/plan/dataflow-builder.ts'
import { difference, sum, withOne } from '../../core/plan/functions.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { planOf, readStream } from '../../core/plan/stream.ts'
import { milliseconds } from '../../core/units.ts'
import { MAKE_ALL, MAKE_PARTIAL, MAKE_STATE } from '../dstream/dstream.ts'
import type { StageDefinition } from '../graph.ts'
import { lowerToDStreams } from '../lower.ts'
import { configOf } from '../trial.fixture.ts'
import { Lineage } from './lineage.ts'
import { blockKey, blockOfKey, type RddId } from './rdd.ts'

interface Shape {
  readonly kind: 'inverse' | 're-added' | 'window' | 'running' | 'reduceByKey' | 'evolve'
  readonly slide: number
  readonly length: number
  /** Batches in an interval. */
  readonly split: number
}

const shapes: fc.Arbitrary<Shape> = fc
  .record({
    kind: fc.constantFrom('inverse', 're-added', 'window', 'running', 'reduceByKey', 'evolve'),
    slide: fc.integer({ min: 1, max: 4 }),
    more: fc.integer({ min: 0, max: 5 }),
    split: fc.constantFrom(1, 2, 5),
  })
  .map(({ kind, slide, more, split }) => ({
    kind: kind as Shape['kind'],
    slide,
    length: slide + more,
    split,
  }))

/** The lineage of one keyed operator behind a source, and the stage that has its tables. */
function lineageOf(shape: Shape): { lineage: Lineage; stage: StageDefinition } {
  const interval = '100ms'
  const slide = `${shape.slide * 100}ms` as const
  const length = `${shape.length * 100}ms` as const
  const ones = readStream<string>('log', interval).map(withOne<string>)
  const plan = {
    inverse: () => planOf(ones.reduceByWindow(length, sum, { slide, inverse: difference })),
    're-added': () => planOf(ones.reduceByWindow(length, sum, { slide })),
    window: () => planOf(ones.window(length, slide)),
    running: () => planOf(ones.runningReduce(sum)),
    reduceByKey: () => planOf(ones.reduceByKey(sum)),
    evolve: () => planOf(ones.reduceByKey(sum)),
  }[shape.kind]()
  const config = configOf({ tick: milliseconds(100 / shape.split) })
  const lineage = new Lineage(
    lowerToDStreams({
      config,
      dataflow: shape.kind === 'evolve' ? evolving(plan, shape.slide) : buildDataflow(plan),
      ticks: new TickLog(config.tick),
    }),
  )
  return { lineage, stage: lineage.graph.stages.at(-1)! }
}

/** An `evolve` where the plan has a `reduceByKey`, with a period of several intervals. */
function evolving(plan: Plan, slide: number): Dataflow {
  const dataflow = buildDataflow(plan)
  const step: Step = () => undefined
  return {
    ...dataflow,
    operators: dataflow.operators.map((operator): DataflowOperator => {
      if (operator.kind !== 'reduceByKey') return operator
      const period = milliseconds(100 * slide)
      return { ...operator, period, kind: 'evolve', gather: sum, step, gives: 'table' }
    }),
  }
}

function visited(visit: (add: (rdd: RddId, batch: number) => void) => void): number[] {
  const keys: number[] = []
  visit((rdd, batch) => keys.push(blockKey(rdd, batch, 0)))
  return keys
}

const narrow = (lineage: Lineage, stage: StageDefinition, batch: number, mask: number) =>
  visited((add) => lineage.narrow(stage, batch, mask, add))

describe('lineage', () => {
  it('lets nothing die too early or live forever (1, 2)', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { lineage, stage } = lineageOf(shape)
        const alive = new Set<number>()
        for (let batch = 1; batch <= 120; batch++) {
          for (const key of narrow(lineage, stage, batch, MAKE_ALL)) {
            expect(alive.has(key), `batch ${batch} reads ${key}`).toBe(true)
          }
          for (const key of visited((add) => lineage.tablesMade(stage, batch, MAKE_ALL, add))) {
            alive.add(key)
          }
          for (const key of visited((add) => lineage.dying(stage, batch, MAKE_ALL, add))) {
            alive.delete(key)
          }
          expect(alive.size).toBeLessThanOrEqual((shape.length + shape.slide) * shape.split + 2)
        }
      }),
    )
  })

  it('finds all it needs in a checkpoint (3)', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 60 }), (shape, checkpoint) => {
        const { lineage, stage } = lineageOf(shape)
        const alive = new Set<number>()
        lineage.neededAfter(checkpoint, (_stage, rdd, batch) => alive.add(blockKey(rdd, batch, 0)))
        for (let batch = checkpoint + 1; batch <= checkpoint + 60; batch++) {
          for (const key of narrow(lineage, stage, batch, MAKE_ALL)) {
            expect(alive.has(key), `batch ${batch} reads ${key} after ${checkpoint}`).toBe(true)
          }
          for (const key of visited((add) => lineage.tablesMade(stage, batch, MAKE_ALL, add))) {
            alive.add(key)
          }
        }
      }),
    )
  })

  it('makes a lost partition again as it was (4)', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (shape, checkpoint, more) => {
          const { lineage, stage } = lineageOf(shape)
          const last = checkpoint + more
          const before = contentsUpTo(lineage, stage, last)
          const needed: number[] = []
          lineage.neededAfter(last, (_stage, rdd, batch) => needed.push(blockKey(rdd, batch, 0)))
          const durable = new Map<number, string>()
          lineage.neededAfter(checkpoint, (_stage, rdd, batch) => {
            const key = blockKey(rdd, batch, 0)
            durable.set(key, before.get(key)!)
          })
          for (const key of needed) {
            expect(contentOf(lineage, stage, key, durable)).toBe(before.get(key))
          }
        },
      ),
    )
  })
})

/** Contents of all blocks, each made by a whole task after the one before. */
function contentsUpTo(lineage: Lineage, stage: StageDefinition, last: number): Map<number, string> {
  const contents = new Map<number, string>()
  for (let batch = 1; batch <= last; batch++) {
    for (const key of visited((add) => lineage.tablesMade(stage, batch, MAKE_ALL, add))) {
      contents.set(
        key,
        describeBlock(lineage, stage, key, (parent) => contents.get(parent)!),
      )
    }
  }
  return contents
}

/** Content of one block, made again recursively from what is durable. */
function contentOf(
  lineage: Lineage,
  stage: StageDefinition,
  key: number,
  known: Map<number, string>,
): string {
  const found = known.get(key)
  if (found !== undefined) return found
  const content = describeBlock(lineage, stage, key, (parent) =>
    contentOf(lineage, stage, parent, known),
  )
  known.set(key, content)
  return content
}

/** What a block is made from: its own batch's input, and the blocks that making no more than it reads. */
function describeBlock(
  lineage: Lineage,
  stage: StageDefinition,
  key: number,
  parentContent: (key: number) => string,
): string {
  const { rdd, batch } = blockOfKey(key)
  const { kind } = lineage.graph.rdds[rdd]!
  const parents = narrow(lineage, stage, batch, kind === 'state' ? MAKE_STATE : MAKE_PARTIAL)
  let hash = rdd * 31 + batch
  for (const parent of parents) {
    for (const character of parentContent(parent)) {
      hash = (Math.imul(hash, 33) + character.charCodeAt(0)) >>> 0
    }
  }
  return `${rdd}/${batch}/${hash}`
}
