/** Values, rows and tables of the naive definitions (`naive-evaluation.fixture.ts`). */
import { encodeCanonical } from '../columns/value-codec.ts'
import type { PlanFunction } from '../plan/plan.ts'

export type Row = readonly [key: unknown, value: unknown]

/** A table at an instant: by the text of the key's canonical encoding. */
export type State = ReadonlyMap<string, Row>

export function canonical(value: unknown): string {
  const { tag, body } = encodeCanonical(value)
  return `${String(tag).padStart(2, '0')}:${Buffer.from(body).toString('hex')}`
}

export function inOrder(a: unknown, b: unknown): number {
  return canonical(a) < canonical(b) ? -1 : Number(canonical(a) > canonical(b))
}

export function reduced(records: readonly unknown[], f: PlanFunction): State {
  const state = new Map<string, Row>()
  for (const record of records) {
    const [key, value] = record as Row
    const name = canonical(key)
    const old = state.get(name)
    state.set(name, old === undefined ? [key, value] : [old[0], f(old[1], value)])
  }
  return state
}

/** The rows that are others, and those that left. */
export function changesOf(before: State, now: State): readonly Row[] {
  const changes: Row[] = []
  for (const [key, row] of now) {
    const old = before.get(key)
    if (old === undefined || canonical(old[1]) !== canonical(row[1])) changes.push(row)
  }
  for (const [key, row] of before) if (!now.has(key)) changes.push([row[0], undefined])
  return changes
}

/** The k rows with the greatest values, by rank. */
export function ranksOf(state: State, k: number): State {
  const ranked = [...state.values()].sort(byValueThenKey)
  const rows = ranked.slice(0, k).map((row, rank): Row => [rank + 1, row])
  return new Map(rows.map((row) => [canonical(row[0]), row]))
}

/** Greatest value first, then ascending key bytes. Numbers by size; what is not a number by its encoding. */
function byValueThenKey(a: Row, b: Row): number {
  return compare(b[1], a[1]) || (canonical(a[0]) < canonical(b[0]) ? -1 : 1)
}

function compare(a: unknown, b: unknown): number {
  const numeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint'
  if (numeric(a) && numeric(b)) {
    const [x, y] = [a as number, b as number]
    if (x < y) return -1
    if (x > y) return 1
    return Number(Number.isNaN(y)) - Number(Number.isNaN(x))
  }
  const place = (value: unknown) => (numeric(value) ? '02' : canonical(value))
  return place(a) < place(b) ? -1 : Number(place(a) > place(b))
}

/** The greatest common divisor, by Euclid's subtraction. */
export function divisor(a: number, b: number): number {
  if (a === b) return a
  return a > b ? divisor(a - b, b) : divisor(a, b - a)
}
