/**
 * Laws: a table of states is a Map by canonical keys from which each step takes a state and puts one back, looked through for
 * due keys at every end; it reports what differs from its last report; a clone and a saved table are the table; how things
 * arrived makes no difference.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bytes, PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { StorageError, UserFunctionError } from '../errors.ts'
import { OperatorErrors } from '../operators/user-function.ts'
import { DigestSum, digestOfRows } from '../output/digest.ts'
import type { Step, Stepped } from '../plan/dataflow.ts'
import { bagRecords } from './bag-table.ts'
import { DueSlots } from './due-slots.ts'
import { plainTables } from './plain-table.ts'
import { sortedItems } from './sorted-items.ts'
import { type StateTable, type StateTables, stateTables } from './state-table.ts'
import type { KeyedTable } from './table.ts'

const memory = RunMemory.reserve(64 * PAGE_BYTES)
const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 62 * PAGE_BYTES })
const errors = new OperatorErrors({ kind: 'evolve', id: 2 }, { tick: 500_000_000, clock: 0 })

type Item = readonly [at: number, text: string]
type Arrival = readonly [key: unknown, item: Item]

const arrivals = fc.array(
  fc.tuple(
    fc.constantFrom('a', 'b', 'é', '', 1, 0.5, null, ['a', 1], { x: 1 }),
    fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom('x', 'y', 'leave', 'yy')),
  ),
  { maxLength: 12 },
)

const name = (plain: unknown): string => {
  const { tag, body } = encodeCanonical(plain)
  return `${tag}:${Buffer.from(body).toString('hex')}`
}

/** Keeps the last items; leaves at will or when it is due, but only once it has a few; is due soon, or never. */
const step: Step = (key, state, arrived, end) => {
  const before = (state ?? []) as readonly Item[]
  const items = arrived as readonly Item[]
  const out = [[key, before.length, items, end]]
  const last = items.at(-1)
  if (last === undefined) {
    if (before.length % 2 === 0) return undefined
    return { state: [...before, [end, 'expired']], dueAt: end + 2, out }
  }
  if (items.some(([, text]) => text === 'leave')) return { state: undefined, out }
  const now = [...before, ...items].slice(-5)
  return last[0] % 4 === 0 ? { state: now, out } : { state: now, dueAt: end + (last[0] % 4), out }
}

const silent: Step = (...args) => {
  const next = step(...args)
  if (next === undefined) return undefined
  const { out: _, ...rest } = next
  return rest
}

const order = ([at]: Item): number => at % 100

const gather = (a: unknown[], b: readonly unknown[]): unknown[] => {
  a.push(...b)
  return a
}

/** The definition: looks through all keys, and sorts by text. */
class Model {
  rows = new Map<string, { key: unknown; state: unknown; dueAt: number }>()

  advance(records: readonly Arrival[], end: number): unknown[] {
    const came = new Map<string, { key: unknown; items: Item[] }>()
    for (const [key, item] of records) {
      const entry = came.get(name(key)) ?? { key, items: [] }
      entry.items.push(item)
      came.set(name(key), entry)
    }
    for (const [id, { key, dueAt }] of this.rows) {
      if (dueAt <= end && !came.has(id)) came.set(id, { key, items: [] })
    }
    const out: unknown[] = []
    for (const [id, { key, items }] of came) {
      const text = (item: Item): string => `${String(order(item)).padStart(9)} ${name(item)}`
      items.sort((a, b) => (text(a) < text(b) ? -1 : 1))
      const next: Stepped | undefined = step(key, this.rows.get(id)?.state, items, end)
      out.push(...(next?.out ?? []))
      if (next?.state === undefined) this.rows.delete(id)
      else
        this.rows.set(id, { key, state: next.state, dueAt: next.dueAt ?? Number.POSITIVE_INFINITY })
    }
    return out
  }

  get states(): Map<string, unknown> {
    return new Map([...this.rows].map(([id, { state }]) => [id, state]))
  }
}

function difference(now: Map<string, unknown>, before: Map<string, unknown>): Map<string, unknown> {
  const changes = new Map<string, unknown>()
  for (const [k, v] of now) {
    if (!before.has(k) || name(before.get(k)) !== name(v)) changes.set(k, v)
  }
  for (const k of before.keys()) if (!now.has(k)) changes.set(k, undefined)
  return changes
}

/** What arrived, by the way that engines take: combined, over the wire, in several pieces. */
function arrivedOf(records: readonly Arrival[]): KeyedTable {
  const factory = plainTables({ memory, region, errors, reduce: gather })
  const table = factory.table()
  const half = records.length >> 1
  for (const piece of [records.slice(0, half), records.slice(half)]) {
    const combiner = factory.combiner(1)
    combiner.add({ kind: 'values', values: piece.map(([key, item]) => [key, [item]]) })
    combiner.drain((_partition, rows) => table.fold(rows))
  }
  return table
}

const states = (): StateTables =>
  stateTables({ memory, region, errors, step: silent, gives: 'table', order })
const recorders = (): StateTables =>
  stateTables({ memory, region, errors, step, gives: 'records', order })

function rowsOf(factory: StateTables, table: KeyedTable): Map<string, unknown> {
  const rows = new Map<string, unknown>()
  table.visitRows((bytes) => {
    for (const [key, state] of factory.decode(bytes)) rows.set(name(key), state)
  })
  expect(rows.size).toBe(table.size)
  return rows
}

/** The rows that a call visits, as a Map by key name; checks that the digest says the same. */
function changed(
  factory: StateTables,
  take: (sum: DigestSum, visit: (rows: Bytes) => void) => number,
): Map<string, unknown> {
  const rows: (readonly [unknown, unknown])[] = []
  const sum = new DigestSum()
  const count = take(sum, (bytes) => rows.push(...factory.decode(bytes)))
  expect(count).toBe(rows.length)
  expect(sum.take()).toEqual(digestOfRows(rows))
  const map = new Map(rows.map(([k, v]) => [name(k), v]))
  expect(map.size).toBe(rows.length)
  return map
}

/** Ends of periods lie close, but sometimes one is left out: what was due in it is due at the next. */
const life = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('advance' as const),
        records: arrivals,
        periods: fc.constantFrom(1, 1, 1, 2),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
    fc.record({ kind: fc.constantFrom('clone' as const, 'saveAfterTake' as const) }),
  ),
  { maxLength: 40 },
)

test('a table of states is a Map of them, and reports what differs from its last report', () => {
  fc.assert(
    fc.property(life, (steps) => {
      const factory = states()
      let table = factory.table()
      const model = new Model()
      let reported = model.states
      let end = 0
      const take = (): void => {
        const rows = changed(factory, (sum, visit) => table.takeChanges(sum, visit))
        expect(rows).toEqual(difference(model.states, reported))
        reported = model.states
      }
      for (const each of steps) {
        switch (each.kind) {
          case 'advance': {
            const { records, periods } = each
            end += periods
            model.advance(records, end)
            table.advance(records.length === 0 ? undefined : arrivedOf(records), end, undefined)
            break
          }
          case 'take':
            take()
            break
          case 'clone': {
            const original = table
            table = table.clone()
            original.advance(arrivedOf([['a', [1, 'x']]]), end + 1, undefined)
            original.takeChanges(undefined)
            original.release()
            break
          }
          case 'saveAfterTake': {
            take()
            const saved = table.save()
            const loaded = factory.load(saved)
            expect(loaded.save()).toEqual(saved)
            table = loaded
          }
        }
        expect(rowsOf(factory, table)).toEqual(model.states)
      }
      take()
    }),
    { numRuns: 200 },
  )
  expect(region.used).toBe(0)
})

test('steps put out records, however their items arrived, and from a clone or a saved table too', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(arrivals, fc.boolean()), { maxLength: 20 }), (periods) => {
      const factory = recorders()
      const model = new Model()
      let table: StateTable = factory.table()
      let other: StateTable = factory.table()
      periods.forEach(([records, saves], at) => {
        const put = (of: StateTable, came: readonly Arrival[]): string[] => {
          const out: unknown[] = []
          of.advance(arrivedOf(came), at + 1, (rows) => out.push(...bagRecords(memory, rows)))
          expect(of.takeChanges(undefined)).toBe(0)
          return out.map(name).sort()
        }
        const expected = model
          .advance(records, at + 1)
          .map(name)
          .sort()
        expect(put(table, records)).toEqual(expected)
        expect(put(other, records.toReversed())).toEqual(expected)
        expect(rowsOf(factory, table)).toEqual(model.states)
        table = saves ? factory.load(table.save()) : table.clone()
        other = saves ? other : other.clone()
      })
    }),
  )
  expect(region.used).toBe(0)
})

test('changesFrom tells two tables apart, top sorts them', () => {
  fc.assert(
    fc.property(arrivals, arrivals, (first, second) => {
      const factory = states()
      const before = factory.table()
      before.advance(arrivedOf(first), 1, undefined)
      const now = before.clone()
      now.advance(arrivedOf(second), 2, undefined)
      const [rows, earlier] = [rowsOf(factory, now), rowsOf(factory, before)]
      const changes = changed(factory, (sum, visit) => now.changesFrom(before, sum, visit))
      expect(changes).toEqual(difference(rows, earlier))
      const all = changed(factory, (sum, visit) => now.changesFrom(undefined, sum, visit))
      expect(all).toEqual(rows)
      const top: string[] = []
      now.top(3, (bytes) => top.push(...factory.decode(bytes).map(([, state]) => name(state))))
      // All states are arrays: they are sorted by their bytes.
      const sorted = [...rows.values()].map(name).sort().reverse()
      expect(top).toEqual(sorted.slice(0, 3))
    }),
  )
})

test('an event at the end at which a key is due keeps it', () => {
  const factory = stateTables({
    memory,
    region,
    errors,
    gives: 'table',
    step: (_key, state, arrived, end) =>
      arrived.length === 0
        ? undefined
        : { state: Number(state ?? 0) + arrived.length, dueAt: end + 3 },
  })
  const table = factory.table()
  const at = (end: number, ...keys: readonly string[]): [unknown, unknown][] => {
    table.advance(arrivedOf(keys.map((key): Arrival => [key, [0, '']])), end, undefined)
    const changes: [unknown, unknown][] = []
    table.takeChanges(undefined, (rows) => {
      for (const [key, state] of factory.decode(rows)) changes.push([key, state])
    })
    return changes
  }
  expect(at(1, 'early', 'kept')).toEqual([
    ['early', 1],
    ['kept', 1],
  ])
  expect(at(2)).toEqual([])
  expect(at(3)).toEqual([])
  expect(at(4, 'kept', 'new')).toEqual([
    ['kept', 2],
    ['new', 1],
    ['early', undefined],
  ])
  expect(at(6)).toEqual([])
  expect(at(7)).toEqual([
    ['kept', undefined],
    ['new', undefined],
  ])
  expect(table.size).toBe(0)
})

test('where the input ends another step is taken: of what came, and of all that is due later', () => {
  const counted =
    (isLast: boolean): Step =>
    (key, state, arrived, end) => {
      const count = Number(state ?? 0) + arrived.length
      if (isLast) return { state: undefined, out: [[key, count]], late: arrived.length }
      return key === 'never due' ? { state: count } : { state: count, dueAt: end + 5 }
    }
  const factory = stateTables({
    memory,
    region,
    errors,
    gives: 'records',
    step: counted(false),
    ending: { at: 3, step: counted(true) },
  })
  const at = (table: StateTable, end: number, ...keys: readonly string[]): unknown[] => {
    const out: unknown[] = []
    const arrived = arrivedOf(keys.map((key): Arrival => [key, [0, '']]))
    table.advance(arrived, end, (rows) => out.push(...bagRecords(memory, rows)))
    return out
  }
  const table = factory.table()
  expect(at(table, 1, 'a', 'b', 'never due')).toEqual([])
  expect(at(table, 2, 'b')).toEqual([])
  for (const each of [table.clone(), factory.load(table.save()), table]) {
    expect(at(each, 3, 'b', 'new')).toEqual([
      ['b', 3],
      ['new', 1],
      ['a', 1],
    ])
    expect(each.late).toBe(2)
    expect(each.size).toBe(1)
    expect(at(each, 4)).toEqual([])
    expect(each.late).toBe(0)
  }
})

test('empty slots are closed up, and what is due then is due still', () => {
  const factory = recorders()
  const table = factory.table()
  const model = new Model()
  for (let end = 1; end <= 400; end++) {
    const records: Arrival[] = [
      [`k${end % 7}`, [end, end % 3 === 0 ? 'leave' : 'x']],
      [`other ${end}`, [1, 'x']],
    ]
    const out: unknown[] = []
    table.advance(arrivedOf(records), end, (rows) => out.push(...bagRecords(memory, rows)))
    expect(out.map(name).sort()).toEqual(model.advance(records, end).map(name).sort())
  }
  expect(rowsOf(factory, table)).toEqual(model.states)
})

test('slots are due when they were said to be last', () => {
  const said = fc.array(
    fc.oneof(
      fc.record({
        slot: fc.integer({ min: 0, max: 5 }),
        after: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      }),
      fc.record({ take: fc.integer({ min: 1, max: 3 }) }),
      fc.constant('copy' as const),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(said, (steps) => {
      let due = new DueSlots([0, 0, 0, 0, 0])
      const model: (number | undefined)[] = []
      let now = 0
      // A sixth one comes behind the last.
      due.set(5, undefined)
      for (const each of steps) {
        if (each === 'copy') due = new DueSlots(due.dueAt.slice())
        else if ('slot' in each) {
          const dueAt = each.after === undefined ? undefined : now + each.after
          due.set(each.slot, dueAt)
          model[each.slot] = dueAt
        } else {
          now += each.take
          const expected: number[] = []
          for (let slot = 0; slot <= 5; slot++) {
            if ((model[slot] ?? Number.POSITIVE_INFINITY) > now) continue
            expected.push(slot)
            model[slot] = undefined
          }
          expect(due.take(now)).toEqual(expected)
        }
      }
    }),
  )
})

test('items are sorted by number, then by bytes, however they came', () => {
  const items = fc.array(fc.tuple(fc.constantFrom(-1, 2, 10, 256), fc.constantFrom('a', 'b')))
  fc.assert(
    fc.property(items, (came) => {
      const sorted = sortedItems(came, ([at]: Item) => at)
      expect(sortedItems(came.toReversed(), ([at]: Item) => at)).toEqual(sorted)
      const numbers = (sorted as Item[]).map(([at]) => at)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }),
  )
  expect(sortedItems(['b', 'a', 'aa'])).toEqual(['a', 'aa', 'b'])
})

test('refusals', () => {
  const factory = states()
  const table = factory.table()
  expect(() => table.fold({ pointer: 0, length: 0 })).toThrow(/fold of a table of states/)
  expect(() => factory.combiner(1)).toThrow(/a combiner of a table of states/)
  table.advance(arrivedOf([['a', [1, 'x']]]), 1, undefined)
  const saved = table.save()
  expect(() => plainTables({ memory, region, errors, reduce: gather }).load(saved)).toThrow(
    StorageError,
  )
  const throwing = stateTables({
    memory,
    region,
    errors,
    gives: 'table',
    step: () => {
      throw new TypeError('no state')
    },
  }).table()
  const fails = () => throwing.advance(arrivedOf([['a', [1, 'x']]]), 1, undefined)
  expect(fails).toThrow(UserFunctionError)
  expect(fails).toThrow(/evolve \(node 2\) of the key 'a' .* TypeError: no state/)
  expect(region.used).toBe(0)
})
