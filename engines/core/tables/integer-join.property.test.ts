/**
 * The join of integers as columns, against `joinStep`, which says what a join is.
 *
 * Laws, for both implementations of the kernels: in each period the pairs of the steps, turned; states that are saved, loaded or
 * cloned go on as if nothing had happened; both implementations give the same pairs in the same order; a region gets all of
 * it back.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { StorageError } from '../errors.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { joinStep } from '../plan/joins.ts'
import { joinTables } from './integer-join.ts'
import { arrivedTables, JOIN_SIDES, type JoinSide } from './join-arrivals.ts'
import { NumberCombiner } from './number-combiner.ts'
import type { KeyedTable } from './table.ts'

type Pair = readonly [key: number, value: number]

interface Period {
  readonly rows: readonly Pair[]
  readonly events: readonly Pair[]
  /** What happens to what arrived, and to the states, in the end. */
  readonly ending: 'save' | 'clone' | 'nothing'
}

const memory = RunMemory.reserve(130 * PAGE_BYTES)
const INPUT = PAGE_BYTES
const INPUT_PAIRS = 4_096

const edge = fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff)
const key = fc.oneof(fc.nat(12), edge, fc.integer({ min: 0, max: 0xffff_ffff }))
const pairs = fc.array(fc.tuple(key, fc.oneof(fc.nat(3), edge)), { maxLength: 40 })
const period: fc.Arbitrary<Period> = fc.record({
  rows: pairs,
  events: pairs,
  ending: fc.constantFrom('save', 'clone', 'nothing'),
})

/** What the steps of a period put out, as pairs (event, row) in no order. */
function stepped(states: Map<number, unknown>, { rows, events }: Period): string[] {
  const arrived = new Map<number, unknown[]>()
  const come = (of: number) => arrived.get(of) ?? arrived.set(of, []).get(of)!
  for (const [of, row] of rows) come(of).push([1, row])
  for (const [of, event] of events) come(of).push([-1, event])
  const out: string[] = []
  for (const [of, items] of arrived) {
    const next = joinStep(of, states.get(of), items, 1)
    states.set(of, next?.state)
    for (const joined of next?.out ?? []) {
      const [, [row, event]] = joined as [number, Pair]
      out.push(`${event} ${row}`)
    }
  }
  return out.sort()
}

function run(mode: 'columns' | 'plain', periods: readonly Period[]): string[] {
  const region = new Region(memory, { name: 'test', base: 3 * PAGE_BYTES, size: 127 * PAGE_BYTES })
  const kernels = loadKernels(memory, mode)
  const factories = {
    arrived: arrivedTables({ kernels, region }),
    state: joinTables({ kernels, region }),
  }
  const model = new Map<number, unknown>()
  let table = factories.state.table()
  const all: string[] = []
  for (const given of periods) {
    let arrived: KeyedTable = factories.arrived.table()
    for (const side of ['rows', 'events'] as const) fold(given[side], side)
    if (given.ending === 'save') {
      const loaded = factories.arrived.load(arrived.save())
      arrived.release()
      arrived = loaded
    }
    if (given.ending === 'clone') {
      const clone = arrived.clone()
      arrived.release()
      arrived = clone
    }
    const out: string[] = []
    table.advance(arrived, 1, (rows) => {
      expect(rows.length).toBeLessThanOrEqual(65_536)
      for (const [event, row] of factories.state.decode(rows)) out.push(`${event} ${row}`)
    })
    arrived.release()
    all.push(...out)
    expect(out.sort().join()).toBe(stepped(model, given).join())
    expect(table.size).toBe(model.size)
    if (given.ending !== 'nothing') {
      const next = given.ending === 'save' ? factories.state.load(table.save()) : table.clone()
      table.release()
      table = next
    }

    function fold(list: readonly Pair[], side: JoinSide): void {
      const combiner = new NumberCombiner({ kernels, region }, 1, { mark: JOIN_SIDES[side] })
      for (let from = 0; from < list.length; from += INPUT_PAIRS) {
        const piece = list.slice(from, from + INPUT_PAIRS)
        piece.flat().forEach((value, at) => {
          memory.u32[INPUT / 4 + at] = value
        })
        combiner.add({ kind: 'numbers', at: INPUT, count: piece.length })
      }
      combiner.drain((_, rows) => arrived.fold(rows))
      combiner.release()
    }
  }
  table.release()
  expect(region.used).toBe(0)
  return all
}

test('periods of rows and events', () => {
  fc.assert(
    fc.property(fc.array(period, { minLength: 1, maxLength: 5 }), (periods) => {
      expect(run('columns', periods)).toEqual(run('plain', periods))
    }),
    { numRuns: 200 },
  )
})

test('more pairs than a visit holds, and a key with most of them', () => {
  const events = Array.from({ length: 30_000 }, (_, i): Pair => [i % 2 ? 5 : i % 9_000, i])
  const rows = Array.from({ length: 9_000 }, (_, i): Pair => [i, i * 3])
  const again = rows.map(([of, row]): Pair => [of, of % 2 ? row : row + 1])
  const periods: readonly Period[] = [
    { rows, events, ending: 'save' },
    { rows: again, events: events.slice(0, 100), ending: 'nothing' },
    { rows: [], events: [[5, 1]], ending: 'clone' },
    { rows: [[5, 1]], events: [], ending: 'nothing' },
  ]
  expect(run('columns', periods)).toEqual(run('plain', periods))
})

test('what is damaged is no join', () => {
  const region = new Region(memory, { name: 'test', base: 3 * PAGE_BYTES, size: 127 * PAGE_BYTES })
  const tables = joinTables({ kernels: loadKernels(memory, 'columns'), region })
  const saved = tables.table().save()
  saved[saved.length - 1]! ^= 1
  expect(() => tables.load(saved)).toThrow(StorageError)
})
