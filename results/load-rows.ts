/** Trials at loads that a run chose by what had held before: which of a case count, and which are at the rate common to its engines. */

/** What is needed of a row of trials.csv. */
export interface LoadRow {
  readonly engine: string
  readonly role: string
  readonly tick_ns?: number | undefined
  readonly offered_records_per_s?: number | undefined
}

export const isLoad = ({ role }: LoadRow): boolean => role === 'half-load' || role === 'common-rate'

/**
 * The loads of a case that count: those of an engine with its last tick. Whoever fell behind at half load with its tick for latency was
 * tried again with a longer one (`experiments/compare/schedule.ts`).
 */
export function loadsOf<R extends LoadRow>(rows: readonly R[]): readonly R[] {
  const loads = rows.filter(isLoad)
  const last = new Map(loads.map(({ engine, tick_ns: tick }) => [engine, tick]))
  return loads.filter(({ engine, tick_ns: tick }) => tick === last.get(engine))
}

/**
 * Loads of a case at one rate common to its engines: those of the role, and the half load of an engine that has none, where another
 * engine was at the same rate, since nobody runs the same trial twice.
 */
export function atCommonRate<R extends LoadRow>(rows: readonly R[]): readonly R[] {
  const loads = loadsOf(rows)
  const own = new Set(loads.flatMap(({ role, engine }) => (role === 'common-rate' ? engine : [])))
  return loads.filter(
    (row) =>
      row.role === 'common-rate' ||
      (!own.has(row.engine) &&
        loads.some(
          (other) =>
            other.engine !== row.engine &&
            (other.role === 'common-rate' || !own.has(other.engine)) &&
            other.offered_records_per_s === row.offered_records_per_s,
        )),
  )
}
