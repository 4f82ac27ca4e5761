/** Stages and connectors of a plan with loops. Plans without are tried by running them. */
import { expect, test } from 'vitest'
import { tickLogOf } from '../core/input/tick-log.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { eventAndRow, min, sum, withOne } from '../core/plan/functions.ts'
import { planOf, readStream, type Stream } from '../core/plan/stream.ts'
import { lowerToGraph } from './lower.ts'
import { configOf } from './trial.fixture.ts'

type Pair = [string, number]

const pairs = () => readStream<string>('log', '500ms').map(withOne<string>)

function lowered(stream: Stream) {
  const dataflow = buildDataflow(planOf(stream))
  const config = configOf()
  return lowerToGraph({ config, dataflow, ticks: tickLogOf(config, dataflow) })
}

const counted = (): Stream =>
  pairs().iterate((looping) => {
    const table = looping.runningReduce(sum)
    const next = table.changes().map(([key, value]): Pair => [key, (value ?? 0) - 1])
    return { next, result: table }
  })

test('a path across borders is a chain of connectors, of which the last one exchanges', () => {
  const { graph, stages, borders, connectors, paths } = lowered(counted())
  const names = graph.stages.map(({ name }) => name)
  // What enters is held by its source's stage; operators come first.
  expect(stages.map(({ operators }) => operators)).toEqual([[0, 1], [2], [3]])
  expect(names.slice(3)).toEqual([
    'ingress of loop 0 on path 1',
    'egress of loop 0 on path 2',
    'feedback of loop 0 on path 3',
  ])
  const shown = graph.connectors.map(({ from, to, channel }) => [names[from], channel, names[to]])
  expect(shown).toEqual([
    ['source 0', 'pipeline', names[3]],
    [names[3], 'exchange', 'runningReduce 2'],
    ['runningReduce 2', 'pipeline', names[4]],
    [names[4], 'exchange', 'evolve 3'],
    ['runningReduce 2', 'pipeline', names[5]],
    [names[5], 'exchange', 'runningReduce 2'],
  ])
  expect(borders.map(({ stage, target }) => [stage, target])).toEqual([
    [3, 1],
    [4, 3],
    [5, 5],
  ])
  // The path from the source to the hold stays within its stage, that to the output, too.
  expect(connectors).toEqual([undefined, 0, 2, 4, undefined])
  expect(paths).toEqual([undefined, 1, undefined, 2, undefined, 3])
})

test('operators between which values spread are one stage', () => {
  const edges = readStream<[number, number]>('log', '500ms', { format: 'u32x2' })
  const least = edges.iterate((labels) => {
    const kept = labels.runningReduce(min)
    return { next: kept.join(edges).map(eventAndRow), result: kept }
  })
  const { stages } = lowered(least)
  expect(stages.map(({ operators }) => operators)).toEqual([[0, 1, 3], [2, 4], [5]])
  expect(stages.map(({ spread }) => spread?.join)).toEqual([undefined, 4, undefined])
})

test('stages know their loops', () => {
  const { graph, stages } = lowered(counted())
  expect(stages.map(({ loops }) => loops.length)).toEqual([0, 1, 0])
  expect(graph.contexts.map(({ depth }) => depth)).toEqual([0, 1])
})
