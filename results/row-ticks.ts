/**
 * How many ticks are behind a row's latencies. Records of one tick become visible together and share its fate, so a quantile says
 * something where that many ticks were measured (METHOD 7: after removing autocorrelated stretches), however many records there were.
 */

/** What is needed of a row of trials.csv. */
export interface TickedRow {
  readonly tick_ns?: number | undefined
  readonly workload_parameters?: string | undefined
  readonly measured_ns?: number | undefined
  readonly ticks_completed?: number | undefined
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
}

/** `500ms` of a workload's parameters, as ns. Undefined for any other form. */
function nanosOf(text: unknown): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)$/.exec(String(text)) ?? []
  return digits === undefined ? undefined : Number(digits) * units[unit!]!
}

/** The period at whose end a row's records can become visible: its tick, or its window's slide. Undefined where unknown. */
export function periodOf({
  tick_ns: tick,
  workload_parameters: text,
}: TickedRow): number | undefined {
  const { mode, length, slide } = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>
  if (tick === undefined || length === undefined || mode === 'running') return tick
  const period = nanosOf(slide)
  return period === undefined ? undefined : Math.max(tick, period)
}

/** Ticks, or slides of windows, that were measured: at most, where the period of an output is not known. Undefined where neither is. */
export function ticksOf(row: TickedRow): number | undefined {
  const { measured_ns: measured, ticks_completed: completed } = row
  const period = periodOf(row)
  if (measured === undefined || period === undefined) return completed
  return Math.min(Math.floor(measured / period), completed ?? Number.POSITIVE_INFINITY)
}

/** Whether a row has the ticks for a quantile: 100 for p99, 1,000 for p99.9. So too where their number is unknown. */
export function carries(row: TickedRow, aboveShare: number): boolean {
  const ticks = ticksOf(row)
  // 0.001 × 1,000 in binary.
  return ticks === undefined || Math.round(ticks * aboveShare * 1e6) >= 1e6
}
