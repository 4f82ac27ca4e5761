/**
 * Values that spread, on several workers that tell each other what they reached, against a loop over all events.
 *
 * Laws, for both tables, and both implementations of their kernels: in the end of a period each key has the best value that leads to it; what changed is
 * visited, and nothing else; a worker hears of its own keys alone, and of each at most once a round, with a better value than
 * before from the same one; states that are saved and restored go on as if nothing had happened; both implementations give the
 * same pairs in the same order; a region gets all of it back.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { StorageError } from '../errors.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import type { Extreme } from './extremes-table.ts'
import { JOIN_SIDES } from './join-arrivals.ts'
import { decodePairs } from './number-table.ts'
import type { SpreadOptions } from './spread-entries.ts'
import { IntegerSpread, type SpreadTable } from './spread-table.ts'
import { IntegerUnion } from './union-table.ts'

type Pair = readonly [key: number, value: number]

interface Period {
  readonly rows: readonly Pair[]
  readonly events: readonly Pair[]
  readonly isSaved: boolean
}

const PARTITIONS = 5
const INPUT = PAGE_BYTES
const INPUT_PAIRS = 4_096
/** Of a worker's round: what its events come in stays where it is until all are there. */
const INPUT_PAGES = 8
const REGION = { name: 'test', base: INPUT + INPUT_PAGES * PAGE_BYTES, size: 257 * PAGE_BYTES }
const memory = RunMemory.reserve(REGION.base + REGION.size)

const edge = fc.constantFrom(0, 1, 0x8000_0000, 0xffff_fffe, 0xffff_ffff)
const key = fc.oneof(fc.nat(12), edge, fc.integer({ min: 0, max: 0xffff_ffff }))
const pairs = (value: fc.Arbitrary<number>) => fc.array(fc.tuple(key, value), { maxLength: 40 })
const period: fc.Arbitrary<Period> = fc.record({
  rows: pairs(fc.oneof(fc.nat(30), edge)),
  events: pairs(key),
  isSaved: fc.boolean(),
})

/** To hash a key takes longer than all else that is done with it here, and each is asked for again and again. */
const partitionsOfKeys = new Map<number, number>()

function partitionOfKey(key: number): number {
  const known = partitionsOfKeys.get(key)
  if (known !== undefined) return known
  const partition = partitionOf(keyLanes(encodeCanonical(key)).lane0, PARTITIONS)
  partitionsOfKeys.set(key, partition)
  return partition
}

/** What a period comes to, by going over all events until nothing changes. */
class Model {
  readonly rows = new Map<number, number>()
  readonly events: Pair[] = []
  readonly #isBetter: (value: number, than: number) => boolean

  constructor(reduce: Extreme) {
    this.#isBetter =
      reduce === 'min' ? (value, than) => value < than : (value, than) => value > than
  }

  /** Returns the rows that changed. */
  end({ rows, events }: Period): ReadonlyMap<number, number> {
    const changed = new Map<number, number>()
    const keep = (key: number, value: number): boolean => {
      const before = this.rows.get(key)
      if (before !== undefined && !this.#isBetter(value, before)) return false
      this.rows.set(key, value)
      changed.set(key, value)
      return true
    }
    this.events.push(...events)
    for (const [key, value] of rows) keep(key, value)
    for (let again = true; again; ) {
      again = false
      for (const [key, event] of this.events) {
        const value = this.rows.get(key)
        if (value !== undefined && keep(event, value)) again = true
      }
    }
    return changed
  }

  keysIn(partition: number): number {
    const keys = new Set([...this.rows.keys(), ...this.events.map(([key]) => key)])
    return [...keys].filter((key) => partitionOfKey(key) === partition).length
  }
}

const TABLES = { spread: IntegerSpread, union: IntegerUnion } as const
type TableName = keyof typeof TABLES
const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[]

/** One of several workers, with the partitions of its own. */
class Worker {
  readonly own: readonly number[]
  readonly #newTable: () => SpreadTable
  #table: SpreadTable
  /** The best value that each key of others was told. */
  readonly #told = new Map<number, number>()

  constructor(table: TableName, options: SpreadOptions) {
    this.own = options.own
    this.#newTable = () => new TABLES[table](options)
    this.#table = this.#newTable()
  }

  /** Returns what changed, and what others are told. */
  round(rows: readonly Pair[], events: readonly Pair[]): { changes: Pair[]; reached: Pair[] } {
    const isOwn = ([key]: Pair): boolean => this.own.includes(partitionOfKey(key))
    for (const piece of pieces(rows.filter(isOwn))) {
      put(INPUT, piece)
      this.#table.takeRows({ pointer: INPUT, length: piece.length * 8 })
    }
    let at = INPUT
    for (const piece of pieces(events.filter(isOwn))) {
      const length = 4 + piece.length * 8
      expect(at + length).toBeLessThanOrEqual(REGION.base)
      memory.u32[at / 4] = JOIN_SIDES.events
      put(at + 4, piece)
      this.#table.takeEvents({ pointer: at, length })
      at += Math.ceil(length / 16) * 16
    }
    this.#table.settle()
    while (!this.#table.spread());
    const changes: Pair[] = []
    const reached: Pair[] = []
    this.#table.visitChanges(({ pointer, length }) => {
      expect(length).toBeLessThanOrEqual(65_536)
      changes.push(...decodePairs(memory, pointer, length / 8))
    })
    this.#table.visitReached(({ pointer, length }) => {
      expect(length).toBeLessThanOrEqual(65_536)
      reached.push(...decodePairs(memory, pointer, length / 8))
    })
    expect(changes.every(isOwn)).toBe(true)
    expect(reached.some(isOwn)).toBe(false)
    for (const list of [changes, reached]) expect(new Set(list.map(first)).size).toBe(list.length)
    for (const [key, value] of reached) {
      expect(this.#told.get(key)).not.toBe(value)
      this.#told.set(key, value)
    }
    return { changes, reached }
  }

  keysOf(partition: number): number {
    return this.#table.keysOf(partition)
  }

  saveAndRestore(): void {
    const saved = this.own.map((partition) =>
      (['rows', 'events'] as const).map(
        (side) => [side, this.#table.save(side, partition)] as const,
      ),
    )
    this.#table.release()
    this.#table = this.#newTable()
    for (const [side, bytes] of saved.flat()) this.#table.restore(side, bytes)
    // Others are told again.
    this.#told.clear()
  }

  release(): void {
    this.#table.release()
  }
}

const first = ([key]: Pair): number => key

function pieces(list: readonly Pair[]): readonly (readonly Pair[])[] {
  const count = Math.ceil(list.length / INPUT_PAIRS)
  return Array.from({ length: count }, (_, i) => list.slice(i * INPUT_PAIRS, (i + 1) * INPUT_PAIRS))
}

function put(at: number, list: readonly Pair[]): void {
  list.flat().forEach((value, i) => {
    memory.u32[at / 4 + i] = value
  })
}

interface Setting {
  readonly table: TableName
  readonly reduce: Extreme
  readonly workers: number
}

function run(
  mode: 'columns' | 'plain',
  { table, reduce, workers }: Setting,
  oneWay: readonly Period[],
): readonly Pair[][] {
  const periods = table === 'spread' ? oneWay : oneWay.map(bothWays)
  const region = new Region(memory, REGION)
  const kernels = loadKernels(memory, mode)
  const all = Array.from({ length: workers }, (_, worker) => {
    const own = Array.from({ length: PARTITIONS }, (_, i) => i).filter(
      (i) => i % workers === worker,
    )
    return new Worker(table, { kernels, region, reduce, partitions: PARTITIONS, own })
  })
  const model = new Model(reduce)
  const seen: Pair[][] = []
  for (const given of periods) {
    const changed = new Map<number, number>()
    let { rows, events }: Pick<Period, 'rows' | 'events'> = given
    for (let round = 0; round === 0 || rows.length > 0; round++) {
      const next: Pair[] = []
      for (const worker of all) {
        const { changes, reached } = worker.round(rows, events)
        for (const [key, value] of changes) changed.set(key, value)
        next.push(...reached)
        seen.push(changes, reached)
      }
      rows = next
      events = []
    }
    expect(inOrder(changed)).toEqual(inOrder(model.end(given)))
    for (const worker of all) {
      for (const partition of worker.own) {
        expect(worker.keysOf(partition)).toBe(model.keysIn(partition))
      }
      if (given.isSaved) worker.saveAndRestore()
    }
  }
  for (const worker of all) worker.release()
  expect(region.used).toBe(0)
  return seen
}

/** With each event turned around, too. */
function bothWays({ events, ...period }: Period): Period {
  const turned = events.map(([from, to]): Pair => [to, from])
  return { ...period, events: [...events, ...turned] }
}

function inOrder(rows: ReadonlyMap<number, number>): readonly Pair[] {
  return [...rows].sort(([a], [b]) => a - b)
}

const setting = fc.record({
  table: fc.constantFrom<TableName>(...TABLE_NAMES),
  reduce: fc.constantFrom<Extreme>('min', 'max'),
  workers: fc.integer({ min: 1, max: 3 }),
})

test('periods of rows and events', () => {
  fc.assert(
    fc.property(setting, fc.array(period, { minLength: 1, maxLength: 4 }), (given, periods) => {
      expect(run('columns', given, periods)).toEqual(run('plain', given, periods))
    }),
    { numRuns: 400 },
  )
})

test.each(TABLE_NAMES)('%s: more pairs than a visit holds, and a key with most', (table) => {
  const chain = Array.from(
    { length: 9_000 },
    (_, i): Pair => [(i * 7_919) % 9_000, (i * 31) % 9_000],
  )
  const star = Array.from({ length: 10_000 }, (_, i): Pair => [5, 10_000 + i])
  const rows = Array.from({ length: 9_000 }, (_, i): Pair => [i, 100_000 - i * 11])
  const periods: readonly Period[] = [
    { rows, events: [...chain, ...star], isSaved: false },
    { rows: [[5, 77]], events: [], isSaved: true },
    { rows: [[8_999, 3]], events: star.map(([from, to]): Pair => [to, from]), isSaved: false },
  ]
  const given = { table, reduce: 'min', workers: 2 } as const
  expect(run('columns', given, periods)).toEqual(run('plain', given, periods))
})

test.each(TABLE_NAMES)('%s: keys that lie far apart have room, too', (table) => {
  const far = (i: number): number => Math.imul(i, 0x10_0000) >>> 0
  const events = Array.from({ length: 4_000 }, (_, i): Pair => [far(i), far(i + 1)])
  const given = { table, reduce: 'max', workers: 1 } as const
  run('columns', given, [{ rows: [[far(0), 1]], events, isSaved: false }])
})

test.each(TABLE_NAMES)('%s: what is damaged is no state', (name) => {
  const region = new Region(memory, REGION)
  const kernels = loadKernels(memory, 'columns')
  const table = new TABLES[name]({ kernels, region, reduce: 'min', partitions: 1, own: [0] })
  const saved = table.save('rows', 0)
  expect(() => table.restore('events', saved)).toThrow(StorageError)
  saved[saved.length - 1]! ^= 1
  expect(() => table.restore('rows', saved)).toThrow(StorageError)
})
