/**
 * Which ticks an engine is given, from trials at several of them: one rule for every engine (METHOD 11), and one reading of rows for
 * the experiment `ticks`, its table and its figure.
 *
 * - For throughput: the tick that held the highest load in more than half of the tries; of those within the noise of it, the shortest.
 *   Loads are shares of the tick's own pace under overload: the first, and the next where one failed (`NEAR_SHARES`).
 * - For latency: of the ticks that held half load in every try, the one with the lowest p99; of those within the noise of it, the one
 *   with the lowest p50.
 *
 * Held is *sustained* (`experiments/runner/sustainable-rate.ts`): p99 within the bound, and no growing queue. A try that was not held has
 * no latency, however it was measured (METHOD 8). Paces, p50 and p99 are medians of the tries. The noise is the run's own: the largest of the
 * tries of a tick ÷ the smallest, in the median of the ticks of a case that were tried more than once; and not below `NOISE_LEAST`.
 */
import { type ArmRow, maximumOf } from './arm-ratios.ts'
import { median } from './median.ts'

/**
 * Of a tick's own pace under overload. Compare finds that about the first holds; where p99 or a disturbed machine forbids it, a tick is
 * not out: it may hold less, and still more than others.
 */
export const NEAR_SHARES = [0.9, 0.75, 0.6] as const

/** What is needed of a row of trials.csv: the arm is the case; roles are `probe` (overload), `search` (near the pace) and `half-load`. */
export interface TickRow extends ArmRow {
  readonly engine: string
  readonly tick_ns?: number | undefined
  readonly latency_ns_p99?: number | undefined
}

export interface LoadTry {
  /** Offered, records per second. */
  readonly rate: number
  readonly held: boolean
  /** ns; infinite where it was not held. */
  readonly p50: number
  readonly p99: number
}

export interface TickTries {
  /** ns. */
  readonly tick: number
  /** Under overload, records per second. */
  readonly paces: readonly number[]
  /** Trials that were to overload; those that did not have no pace. */
  readonly overloads: number
  readonly near: readonly LoadTry[]
  readonly half: readonly LoadTry[]
}

/** One engine on one case. */
export interface TickCell {
  readonly caseName: string
  readonly engine: string
  /** Shortest first. */
  readonly ticks: readonly TickTries[]
}

/** In the order of their first rows. */
export function tickCells(rows: readonly TickRow[]): readonly TickCell[] {
  const own = rows.filter(({ arm, tick_ns: tick }) => arm !== undefined && tick !== undefined)
  return [...Map.groupBy(own, ({ arm, engine }) => `${arm}\t${engine}`).values()].map(
    (members) => ({
      caseName: members[0]!.arm!,
      engine: members[0]!.engine,
      ticks: [...Map.groupBy(members, (row) => row.tick_ns!)]
        .sort(([a], [b]) => a - b)
        .map(([tick, tries]) => triesOf(tick, tries)),
    }),
  )
}

function triesOf(tick: number, rows: readonly TickRow[]): TickTries {
  const of = (role: string): readonly TickRow[] => rows.filter((row) => row.role === role)
  return {
    tick,
    paces: of('probe').flatMap((row) => maximumOf(row) ?? []),
    overloads: of('probe').length,
    near: of('search').map(loadTry),
    half: of('half-load').map(loadTry),
  }
}

function loadTry(row: TickRow): LoadTry {
  const { latency_ns_p50: p50, latency_ns_p99: p99, offered_records_per_s: rate = 0 } = row
  const held = row.verdict === 'valid' && row.sustained === true
  return held && p50 !== undefined && p99 !== undefined
    ? { rate, held, p50, p99 }
    : { rate, held: false, p50: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY }
}

/**
 * What compare takes for no difference, of rates and of latencies: tries that follow each other differ by less than those that are
 * minutes apart, as first tries are.
 */
export const NOISE_LEAST = { pace: 1.1, p99: 1.25 } as const

/** Of samples that have more than one value. */
function noiseOf(samples: readonly (readonly number[])[], least: number): number {
  const spreads = samples
    .filter(({ length }) => length > 1)
    .map((values) => Math.max(...values) / Math.min(...values))
  return spreads.length === 0 ? least : Math.max(least, median(spreads))
}

/** Of the cells of a case. */
export function paceNoise(cells: readonly TickCell[]): number {
  const paces = cells.flatMap(({ ticks }) => ticks.map((tries) => tries.paces))
  return noiseOf(paces, NOISE_LEAST.pace)
}

/** Of the cells of a case, of ticks that were held. */
export function latencyNoise(cells: readonly TickCell[]): number {
  const held = cells.flatMap(({ ticks }) => ticks.filter(holdsHalf))
  const p99s = held.map(({ half }) => half.map(({ p99 }) => p99))
  return noiseOf(p99s, NOISE_LEAST.p99)
}

const heldIn = (tries: readonly LoadTry[]): number => tries.filter(({ held }) => held).length

export const holdsHalf = ({ half }: TickTries): boolean =>
  half.length > 0 && heldIn(half) === half.length

/** A load near a tick's pace that it holds, or the next one that it is to be tried with. */
export interface NearLoad {
  /** Records per second, whole. */
  readonly rate: number
  /** Of none, what it holds is not known, and not more than this. */
  readonly tries: readonly LoadTry[]
}

/** Undefined where the tick has no pace, or held none of the loads. */
export function nearLoad({ paces, near }: TickTries): NearLoad | undefined {
  const loads = [...Map.groupBy(near, ({ rate }) => rate)]
  const last = loads.at(-1)
  if (last !== undefined && heldIn(last[1]) * 2 > last[1].length) {
    return { rate: last[0], tries: last[1] }
  }
  const share = NEAR_SHARES[loads.length]
  if (paces.length === 0 || share === undefined) return undefined
  return { rate: Math.max(1, Math.round(median(paces) * share)), tries: [] }
}

/** The last load near its pace that a tick was tried with, where so many tries leave open whether it holds in more than half of them. */
export function begunLoad({ near }: TickTries, repeats: number): number | undefined {
  const rate = near.at(-1)?.rate
  const tries = near.filter((one) => one.rate === rate)
  const held = heldIn(tries)
  const isDecided = held * 2 > repeats || (tries.length - held) * 2 >= repeats
  return isDecided ? undefined : rate
}

/** What a choice rests on: the best tick, and the one that is preferred of those within the noise of it. */
export interface TickOrder {
  readonly best: TickTries
  readonly preferred: TickTries
}

/** By what ticks hold, or may hold. Undefined where none holds any load. */
export function throughputOrder(ticks: readonly TickTries[], noise: number): TickOrder | undefined {
  const open = ticks.filter((tries) => nearLoad(tries) !== undefined)
  return orderOf(open, noise, {
    cost: (tries) => 1 / nearLoad(tries)!.rate,
    tieBreak: ({ tick }) => tick,
  })
}

export function latencyOrder(ticks: readonly TickTries[], noise: number): TickOrder | undefined {
  return orderOf(ticks.filter(holdsHalf), noise, {
    cost: ({ half }) => median(half.map(({ p99 }) => p99)),
    tieBreak: ({ half }) => median(half.map(({ p50 }) => p50)),
  })
}

interface Order {
  readonly cost: (tries: TickTries) => number
  readonly tieBreak: (tries: TickTries) => number
}

function orderOf(
  open: readonly TickTries[],
  noise: number,
  { cost, tieBreak }: Order,
): TickOrder | undefined {
  const [best] = [...open].sort((a, b) => cost(a) - cost(b) || tieBreak(a) - tieBreak(b))
  if (best === undefined) return undefined
  const ties = open.filter((tries) => cost(tries) <= cost(best) * noise)
  const [preferred = best] = ties.sort((a, b) => tieBreak(a) - tieBreak(b) || cost(a) - cost(b))
  return { best, preferred }
}

/** The tick for throughput; undefined where none held, or where what was to be tried was not. */
export function throughputTick(ticks: readonly TickTries[], noise: number): TickTries | undefined {
  const order = throughputOrder(ticks, noise)
  const isKnown = (tries: TickTries): boolean => nearLoad(tries)!.tries.length > 0
  return order && isKnown(order.best) && isKnown(order.preferred) ? order.preferred : undefined
}

/** The tick for latency; undefined where none held. */
export function latencyTick(ticks: readonly TickTries[], noise: number): TickTries | undefined {
  return latencyOrder(ticks, noise)?.preferred
}
