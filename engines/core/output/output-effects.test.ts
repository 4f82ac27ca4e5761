/** What outputs do before they are committed, on storage that answers as a test wants. */
import { expect, test } from 'vitest'
import type { ProcessSetup } from '../engine.ts'
import { StorageError, UserFunctionError } from '../errors.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { type Described, planOf, readStream } from '../plan/stream.ts'
import type { RunConfig } from '../run-config.ts'
import type { Inbound, World } from '../world/world.ts'
import { OutputEffects } from './output-effects.ts'

type End = Pick<Extract<Inbound, { kind: 'storage' }>, 'outcome' | 'reason'>

const PLACE = { output: 0, partition: 2, tick: 1_000_000_000 }
const ROWS = [
  ['b', 2],
  ['a', 1],
] as const
const NAME = 'out/0000001000000000-2.ndjson'

const lines = () => readStream<string>('log', '1s')

function setUp(described: Described, changes: Partial<RunConfig> = {}) {
  const written: { name: string; text: string }[] = []
  const events: unknown[] = []
  const world = {
    count: () => {},
    history: { append: (event: string, fields: unknown) => events.push([event, fields]) },
    storage: {
      publish(name: string, bytes: Uint8Array) {
        written.push({ name, text: new TextDecoder().decode(bytes) })
        return written.length
      },
    },
  } as unknown as World
  const config = { input: { rate: 1, duration: 1 }, ...changes } as RunConfig
  const setup = { config, dataflow: buildDataflow(planOf(described)) } as ProcessSetup
  const effects = new OutputEffects(world, setup)
  const end = (request: number, how: End): boolean =>
    effects.completed({ kind: 'storage', request, ...how })
  return { effects, written, events, end }
}

test('a file is done when storage says so', () => {
  const { effects, written, end } = setUp(lines().save('out'))
  const effect = effects.begin(PLACE, ROWS)
  expect(written).toEqual([{ name: NAME, text: '[1000000000,"a",1]\n[1000000000,"b",2]\n' }])
  expect([effect.done, effects.waiting]).toEqual([false, true])
  expect(end(7, { outcome: 'done' })).toBe(false)
  expect(end(1, { outcome: 'done' })).toBe(true)
  expect([effect.done, effects.waiting]).toEqual([true, false])
})

test('an output that is only committed waits for nothing, and so does one without rows', () => {
  const { effects, written } = setUp(lines().collect('out'))
  expect(effects.begin(PLACE, ROWS).done).toBe(true)
  expect(setUp(lines().save('out')).effects.begin(PLACE, []).done).toBe(true)
  expect(written).toEqual([])
  const all = setUp(lines().collect('out'), { saveAll: true })
  expect(all.effects.begin(PLACE, ROWS).done).toBe(false)
  expect(all.written.map(({ name }) => name)).toEqual([NAME])
})

test('what storage refuses is tried again, and ends the run the third time', () => {
  const { effects, written, events, end } = setUp(lines().save('out'))
  const effect = effects.begin(PLACE, ROWS)
  end(1, { outcome: 'failed', reason: 'ENOSPC' })
  end(2, { outcome: 'failed', reason: 'ENOSPC' })
  expect(written).toHaveLength(3)
  expect(written[2]).toEqual(written[0])
  expect(effect.done).toBe(false)
  expect(() => end(3, { outcome: 'failed', reason: 'ENOSPC' })).toThrow(StorageError)
  expect(events).toHaveLength(3)
  expect(events[2]).toEqual(['save-failed', { name: NAME, reason: 'ENOSPC' }])
})

test('a file with other content ends the run at once', () => {
  const { effects, events, end } = setUp(lines().save('out'))
  effects.begin(PLACE, ROWS)
  expect(() => end(1, { outcome: 'contradicted' })).toThrow(
    `save (node 1): the file ${NAME}: a file of this name with other content. files are named by logical time and never overwritten`,
  )
  expect(events).toEqual([['save-contradicted', { name: NAME }]])
})

test('what belongs to a generation that is over is nobody’s', () => {
  const { effects, end } = setUp(lines().save('out'))
  const effect = effects.begin(PLACE, ROWS)
  effects.forget()
  expect(end(1, { outcome: 'contradicted' })).toBe(false)
  expect([effect.done, effects.waiting]).toEqual([false, false])
})

test('a function gets the rows in the order of a file', () => {
  const calls: unknown[] = []
  const { effects } = setUp(lines().foreachBatch((rows, tick) => calls.push([rows, tick])))
  expect(effects.begin(PLACE, ROWS).done).toBe(true)
  effects.begin({ ...PLACE, tick: 2_000_000_000 }, [])
  expect(calls).toEqual([
    [
      [
        ['a', 1],
        ['b', 2],
      ],
      1_000_000_000,
    ],
    [[], 2_000_000_000],
  ])
})

test('rows that JSON does not tell apart are in an order, too', () => {
  const calls: unknown[] = []
  const { effects } = setUp(lines().foreachBatch((rows) => calls.push(rows)))
  const rows = [null, Number.NaN, Number.POSITIVE_INFINITY].map((key) => [key, 1] as const)
  effects.begin(PLACE, rows)
  effects.begin(PLACE, rows.toReversed())
  expect(calls[0]).toEqual(calls[1])
})

test('a function must have done its work when it returns', () => {
  const { effects } = setUp(lines().foreachBatch(() => Promise.resolve()))
  expect(() => effects.begin(PLACE, ROWS)).toThrow(UserFunctionError)
  expect(() => effects.begin(PLACE, ROWS)).toThrow(
    'foreachBatch (node 1) of the rows [["a",1],["b",2]] in the tick that ends at 1s: its function returned a promise',
  )
})
