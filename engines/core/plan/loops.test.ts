/** How loops are cut: what paths cross, where streams wait before they enter, what stands behind a loop. */
import { describe, expect, test } from 'vitest'
import { seconds } from '../units.ts'
import type { Dataflow } from './dataflow.ts'
import { buildDataflow } from './dataflow-builder.ts'
import { sum, withOne } from './functions.ts'
import { settledStep } from './loops.ts'
import { type Described, type EventStream, planOf, readStream } from './stream.ts'

type Pair = [string, number]

const lines = () => readStream<string>('file:lines.txt', '1s')
const pairs = (): EventStream<Pair> => lines().map(withOne<string>)
const reduced = () => pairs().reduceByKey(sum)

function cut(described: Described): Dataflow {
  return buildDataflow(planOf(described))
}

/** `source0 ─map─▶ window1`, with crossings between: `+0` enters loop 0, `-0` leaves it, `~0` goes around it. */
function shown({ operators, paths, outputs }: Dataflow): string[] {
  const name = (id: number) => `${operators[id]!.kind}${id}`
  return paths.map(({ from, chain, crossings, to }) => {
    const nodes = chain.map(({ kind }) => kind).join('·')
    const across = crossings.map(
      ({ kind, loop }) => `${{ ingress: '+', egress: '-', feedback: '~' }[kind]}${loop}`,
    )
    const target = to.kind === 'output' ? `(${outputs[to.output]!.name})` : name(to.operator)
    return [name(from), nodes, ...across, target].filter((part) => part !== '').join(' ')
  })
}

describe('one loop', () => {
  test('what enters, goes around and leaves; a table is settled behind it', () => {
    const dataflow = cut(
      reduced()
        .iterate((looping) => {
          const table = looping.runningReduce(sum)
          const next = table.changes().map(([key, value]): Pair => [key, (value ?? 0) - 1])
          return { next, result: table }
        })
        .collect('rows'),
    )
    expect(shown(dataflow)).toEqual([
      'source0 map reduceByKey1',
      'reduceByKey1 +0 runningReduce2',
      'runningReduce2 stamp -0 evolve3',
      'runningReduce2 map ~0 runningReduce2',
      'evolve3 (rows)',
    ])
    expect(dataflow.loops).toEqual([
      { id: 0, node: 7, parent: undefined, rounds: 10_000, fresh: false, period: seconds(1) },
    ])
    expect(dataflow.operators.map(({ loops }) => loops)).toEqual([[], [], [0], []])
    expect(dataflow.operators[3]).toMatchObject({ word: 'iterate', node: 7, gives: 'table' })
    expect(dataflow.outputs).toMatchObject([{ period: seconds(1), rows: 'pairs' }])
  })

  test('records leave through a window of one period; the variable is read by several, and by the result', () => {
    const dataflow = cut(
      reduced()
        .iterate((looping) => {
          const once = looping.distinct()
          const rest = looping.reduceByKey(sum).filter(([, count]) => count > 1)
          return { next: once.union(rest), result: looping }
        })
        .collect('records'),
    )
    expect(shown(dataflow)).toEqual([
      'source0 map reduceByKey1',
      'reduceByKey1 map +0 runningReduce2',
      'reduceByKey1 +0 reduceByKey3',
      'reduceByKey1 +0 -0 window4',
      // From each of two that are passed on, to each of three that read them.
      'runningReduce2 map·map ~0 runningReduce2',
      'reduceByKey3 filter·map ~0 runningReduce2',
      'runningReduce2 map ~0 reduceByKey3',
      'reduceByKey3 filter ~0 reduceByKey3',
      'runningReduce2 map ~0 -0 window4',
      'reduceByKey3 filter ~0 -0 window4',
      'window4 (records)',
    ])
  })

  test('streams that emit in every tick wait for the end of the interval', () => {
    const counts = pairs().runningReduce(sum)
    const dataflow = cut(
      pairs()
        .iterate((looping) => {
          const next = counts.join(looping).map(([key, [count]]): Pair => [key, count])
          return { next, result: next }
        })
        .collect('joined'),
    )
    expect(shown(dataflow)).toEqual([
      'source0 map runningReduce2',
      'source1 map window3',
      // A row is stamped with the tick in which it changed.
      'runningReduce2 stamp window4',
      'window4 +0 evolve5',
      'window3 map +0 evolve5',
      'evolve5 map -0 window6',
      'evolve5 map·map ~0 evolve5',
      'window6 (joined)',
    ])
    expect(dataflow.operators[4]).toMatchObject({ period: seconds(1), length: seconds(1) })
  })

  test('a period other than the interval is that of the loop', () => {
    const dataflow = cut(
      pairs()
        .window('4s', '2s')
        .iterate((looping) => ({ next: looping.distinct(), result: looping.distinct() })),
    )
    expect(dataflow.loops[0]?.period).toBe(seconds(2))
    expect(dataflow.operators.filter(({ loops }) => loops.length > 0)).toMatchObject([
      { period: seconds(2) },
      { period: seconds(2) },
    ])
  })
})

describe('a loop in a loop', () => {
  test('a stream from outside enters both; the inner one is settled within the outer one', () => {
    const outside = reduced()
    const dataflow = cut(
      reduced()
        .iterate((outer) => {
          const inner = outer.iterate((looping) => {
            const once = looping.union(outside).distinct()
            return { next: once, result: once }
          })
          return { next: inner, result: inner.distinct() }
        })
        .collect('rows'),
    )
    expect(dataflow.loops.map(({ parent }) => parent)).toEqual([undefined, 0])
    expect(shown(dataflow).slice(2)).toEqual([
      'reduceByKey3 map +0 +1 runningReduce4',
      'reduceByKey2 map +0 +1 runningReduce4',
      'runningReduce4 map -1 window5',
      'runningReduce4 map·map ~1 runningReduce4',
      'window5 map runningReduce6',
      'runningReduce6 map -0 window7',
      'window5 map ~0 +1 runningReduce4',
      'window7 (rows)',
    ])
    expect(dataflow.operators.map(({ loops }) => loops)).toEqual([
      [],
      [],
      [],
      [],
      [0, 1],
      [0],
      [0],
      [],
    ])
  })

  test('a loop that is in another by what is in it', () => {
    const outside = reduced()
    const dataflow = cut(
      outside.iterate((outer) => {
        const middle = outside.iterate((variable) => {
          const inner = variable.iterate((looping) => ({
            next: looping.distinct(),
            result: looping.distinct(),
          }))
          return { next: inner.union(outer).distinct(), result: inner.distinct() }
        })
        return { next: middle.distinct(), result: middle }
      }),
    )
    expect(dataflow.loops.map(({ parent }) => parent)).toEqual([undefined, 0, 1])
    const depths = dataflow.operators.map(({ loops }) => loops.length)
    expect(Math.max(...depths)).toBe(3)
  })
})

test('a settled row is the one of the last round, or none', () => {
  const rows = (...values: unknown[]) => values.map((value, round) => [round, value])
  expect(settledStep('a', 1, rows(5, 3, 4), 9)).toEqual({ state: 4 })
  expect(settledStep('a', 1, rows(5, undefined), 9)).toEqual({ state: undefined })
})
