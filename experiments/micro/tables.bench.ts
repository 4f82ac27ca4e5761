/** What is done for each record or row of a keyed operator: combine, drain, fold, take changes with their digest, and so on. */
import type { Bytes } from '../../engines/core/columns/memory.ts'
import { DigestSum } from '../../engines/core/output/digest.ts'
import { columnTables } from '../../engines/core/tables/column-table.ts'
import type { KeyedTable } from '../../engines/core/tables/table.ts'
import type { BenchMemory } from './bench-memory.ts'
import type { MicroCase } from './micro-case.ts'

const PARTITIONS = 8
const TOP = 10

export function tableCases(bench: BenchMemory): readonly MicroCase[] {
  const { kernels, region, allWords } = bench
  const factory = columnTables(kernels, region)
  const half = Math.floor(allWords.count / 2)
  const rowsOf = (from: number, to: number): { rows: Bytes[]; count: number } => {
    const combiner = factory.combiner(1)
    combiner.add(bench.someWords(from, to))
    const count = combiner.size
    const rows: Bytes[] = []
    combiner.drain((_partition, piece) => rows.push(bench.keep(piece)))
    combiner.release()
    return { rows, count }
  }
  const early = rowsOf(0, half)
  const late = rowsOf(half, allWords.count)
  const tableOf = (...parts: readonly { rows: readonly Bytes[] }[]): KeyedTable => {
    const table = factory.table()
    for (const { rows } of parts) for (const piece of rows) table.fold(piece)
    table.takeChanges(undefined)
    return table
  }
  const whole = tableOf(early, late)
  const before = tableOf(early)
  const running = tableOf(early, late)
  const combiner = factory.combiner(PARTITIONS)
  const digest = new DigestSum()
  const saved = whole.save()
  let bytes = 0
  const visit = (rows: Bytes): void => {
    bytes += rows.length
  }
  let made: KeyedTable | undefined
  const release = (): void => {
    made?.release()
    made = undefined
  }
  const foldLate = (): void => {
    for (const piece of late.rows) running.fold(piece)
  }
  const row = (name: string, parts: Omit<MicroCase, 'name' | 'unit'>): MicroCase => ({
    name,
    unit: 'row',
    ...parts,
  })
  return [
    {
      name: 'combine',
      unit: 'record',
      run() {
        combiner.add(allWords)
        return allWords.count
      },
      after: () => combiner.drain(() => {}),
      check: () => combiner.size,
    },
    row('drain', {
      before() {
        bytes = 0
        combiner.add(allWords)
      },
      run() {
        const rows = combiner.size
        combiner.drain((_partition, piece) => visit(piece))
        return rows
      },
      check: () => bytes,
    }),
    row('fold', {
      run() {
        foldLate()
        return late.count
      },
      after: () => running.takeChanges(undefined),
      check: () => running.size,
    }),
    row('changes', {
      before: foldLate,
      run: () => running.takeChanges(digest),
      check: () => digest.take().rows,
    }),
    row('difference', {
      run() {
        whole.changesFrom(before, digest)
        return whole.size + before.size
      },
      check: () => digest.take().rows,
    }),
    row('clone', {
      run() {
        made = whole.clone()
        return whole.size
      },
      after: release,
      check: () => whole.size,
    }),
    row('save', {
      run() {
        bytes = whole.save().length
        return whole.size
      },
      check: () => bytes,
    }),
    row('load', {
      run() {
        made = factory.load(saved)
        return made.size
      },
      after: release,
      check: () => saved.length,
    }),
    row('top', {
      before() {
        bytes = 0
      },
      run() {
        whole.top(TOP, visit)
        return whole.size
      },
      check: () => bytes,
    }),
    row('visit', {
      before() {
        bytes = 0
      },
      run() {
        whole.visitRows(visit)
        return whole.size
      },
      check: () => bytes,
    }),
  ]
}
