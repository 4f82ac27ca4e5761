/**
 * What a latency is held against (METHOD 23): the theoretical floor of a tick, and one thread without any engine.
 *
 * Nobody can show a record before its tick ends, or with a window before the slide ends: records are due evenly, so the wait
 * is spread evenly from nothing to that period, and half of it in the mean. One thread that takes up each tick when it ends
 * needs the work of a tick more, at its measured pace; this is computed, nobody has run it.
 */
import { periodOf } from '../../results/row-ticks.ts'
import type { TrialRow } from '../../results/schema.ts'
import { durationText, plotted } from './format.ts'
import { ink, styleOf } from './theme.ts'

export interface Floor {
  readonly engines: readonly string[]
  /** The longest wait, ms. */
  readonly periodMs: number
}

/** `behind` where the rate is above the thread's pace: its latency would grow for ever. */
export type OneThread =
  | { readonly behind: true }
  | { readonly behind: false; readonly periodMs: number; readonly workMs: number }

/** What a panel's latencies are held against. */
export interface Against {
  readonly floors: readonly Floor[]
  readonly oneThread: OneThread | null
}

/** Floors of the trials of a panel, the lowest first, those of equal periods together. */
export function floorsOf(rows: readonly TrialRow[]): readonly Floor[] {
  const engines = new Map<number, Set<string>>()
  for (const row of rows) {
    const period = periodOf(row)
    if (period === undefined) continue
    engines.set(period, (engines.get(period) ?? new Set()).add(row.engine))
  }
  return [...engines]
    .sort(([one], [other]) => one - other)
    .map(([period, names]) => ({ engines: [...names], periodMs: period / 1e6 }))
}

/** One thread of that pace on the panel's shortest tick, at the rate of its trials. Null where something of this is unknown. */
export function oneThreadOf(rows: readonly TrialRow[], pace: number | undefined): OneThread | null {
  const [soonest] = [...rows].sort((a, b) => (a.tick_ns ?? 0) - (b.tick_ns ?? 0))
  const rate = soonest?.offered_records_per_s
  const period = soonest && periodOf(soonest)
  const tick = soonest?.tick_ns
  if (pace === undefined || rate === undefined || period === undefined || tick === undefined) {
    return null
  }
  if (rate >= pace) return { behind: true }
  return { behind: false, periodMs: period / 1e6, workMs: ((tick / 1e6) * rate) / pace }
}

/** Complementary distribution of an even wait and the work after it, down to a share. */
export function waitCurve(
  { periodMs, workMs = 0 }: { readonly periodMs: number; readonly workMs?: number },
  lowestShare: number,
): readonly { readonly latencyMs: number; readonly aboveShare: number }[] {
  const shares = [0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01]
  return [...shares.filter((share) => share > lowestShare), lowestShare].map((aboveShare) => ({
    latencyMs: plotted(workMs + periodMs * (1 - aboveShare)),
    aboveShare: plotted(aboveShare),
  }))
}

/** The mean of the floors and of one thread, in lines of words. */
export function againstText({ floors, oneThread }: Against): readonly string[] {
  const mean = (ms: number): string => durationText(ms * 1e6)
  const means = floors.map(({ engines, periodMs }) =>
    floors.length === 1 ? mean(periodMs / 2) : `${engines.join(', ')} ${mean(periodMs / 2)}`,
  )
  const thread =
    oneThread === null
      ? []
      : oneThread.behind
        ? ['one thread: does less than this rate']
        : [`one thread (computed), mean ${mean(oneThread.periodMs / 2 + oneThread.workMs)}`]
  const floor = means.length > 0 ? [`mean floor ${means.join(', ')}`] : []
  // All in one line would push the panels of a row apart.
  return floors.length > 1 ? [...floor, ...thread] : [[...floor, ...thread].join('; ')]
}

/** Lines of a panel, below its curves: floors dotted, in an engine's colour or in grey for several; one thread black. */
export function againstLayers<X, Y>(
  { floors, oneThread }: Against,
  { x, y }: { readonly x: X; readonly y: Y },
  lowestShare: number,
) {
  const encoding = { x, y, order: { field: 'latencyMs', type: 'quantitative' } } as const
  return [
    ...floors.map(({ engines: [engine, ...others], periodMs }) => ({
      data: { values: [...waitCurve({ periodMs }, lowestShare)] },
      mark: {
        type: 'line',
        strokeWidth: 1.4,
        strokeDash: [1, 3],
        clip: true,
        color: others.length > 0 ? ink.reference : styleOf(engine!).colour,
      } as const,
      encoding,
    })),
    ...(oneThread?.behind === false
      ? [
          {
            data: { values: [...waitCurve(oneThread, lowestShare)] },
            mark: { type: 'line', strokeWidth: 1, color: ink.baseline, clip: true } as const,
            encoding,
          },
        ]
      : []),
  ]
}
