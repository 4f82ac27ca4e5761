/**
 * The input log of a run: at a constant rate over a pool that is read in a loop; before the clock starts, at rates of their
 * own (`InputHistory`). Partition p starts at its own place in the pool. A bounded input is another log (`once-log.ts`), and
 * the instants of both are `due-instants.ts`'.
 *
 * Arrivals other than a constant rate (steps, bursts, traces) are deliberately absent: they would be another log.
 */
import { assert } from '../assert.ts'
import { ConfigurationError, InputError } from '../errors.ts'
import type { InputConfig } from '../run-config.ts'
import { NANOS_PER_SECOND, type Nanos, type PartitionId } from '../units.ts'
import { checkDisorder, latenessOf } from './disorder.ts'
import { countBefore, dueInstant, firstRecordOf, rateOf } from './due-instants.ts'
import type { InputLog, Pool, PoolRange } from './input-log.ts'
import { createOnceLog } from './once-log.ts'

/** Records per second that one partition can have: beyond it several records share a nanosecond. */
export const PARTITION_RATE_MAX = NANOS_PER_SECOND

/**
 * The log of a run. Costs of the members: `dueBefore`, `dueOf` and `eventTimeOf` O(1), about 25 ns; `locate` one visit for each piece.
 *
 * Errors: `ConfigurationError` for a rate, duration or disorder that is not in range, `InputError` for records to
 * read and none in the pool.
 */
export function createInputLog(
  config: { readonly partitions: number; readonly input: InputConfig },
  pool: Pool,
): InputLog {
  const { partitions, input } = config
  const { rate, duration, disorder } = input
  checkSchedule(partitions, input)
  if (input.once) return createOnceLog(config, pool)
  if (disorder !== undefined) checkDisorder(disorder)
  if (pool.records === 0 && rate > 0) {
    throw new InputError({
      asked: `${rate} records a second`,
      found: 'a pool without records',
      rule: 'a log loops over at least one record',
      remedy: 'Give the run an input that is not empty',
    })
  }
  const schedules = Array.from({ length: partitions }, (_, p) => scheduleOf(p, partitions, input))
  const log: InputLog = {
    partitions,
    frontier: () => Number.POSITIVE_INFINITY,
    dueBefore(partition: PartitionId, instant: Nanos): number {
      const { spans, all } = schedules[partition]!
      if (instant <= 0) return 0
      if (instant >= duration) return all
      let at = spans.length - 1
      while (instant <= spans[at]!.from) at -= 1
      const { from, first, rate: own } = spans[at]!
      return first + countBefore(instant - from, own)
    },
    dueOf(partition: PartitionId, index: number): Nanos {
      const { spans, all } = schedules[partition]!
      assert(
        index >= 0 && index < all,
        () => `record ${index} of partition ${partition}: it has ${all}`,
      )
      let at = spans.length - 1
      while (index < spans[at]!.first) at -= 1
      const { from, first, rate: own } = spans[at]!
      return from + dueInstant(index - first, own)
    },
    eventTimeOf(partition: PartitionId, index: number): Nanos {
      const due = log.dueOf(partition, index)
      return disorder === undefined ? due : due - latenessOf(disorder, partition, index)
    },
    locate(
      partition: PartitionId,
      from: number,
      to: number,
      visit: (range: PoolRange) => void,
    ): void {
      const { records } = pool
      let first = (firstRecordOf(partition, partitions, records) + from) % records
      let left = to - from
      while (left > 0) {
        const count = Math.min(left, records - first)
        visit({ pool, first, count })
        left -= count
        first = 0
      }
    },
    release: () => {},
  }
  return log
}

/** A stretch of one rate: where it begins, and the index of its first record. */
interface Span {
  readonly from: Nanos
  readonly first: number
  readonly rate: number
}

/** Of one partition: its rates in order, the first from 0 on, and the number of all its records. */
interface Schedule {
  readonly spans: readonly Span[]
  readonly all: number
}

function scheduleOf(partition: PartitionId, partitions: number, input: InputConfig): Schedule {
  const { duration: past = 0, rate: thin = 0, leaving } = input.history ?? {}
  const lengths = [
    { length: leaving?.duration ?? 0, rate: leaving?.rate ?? 0 },
    { length: past - (leaving?.duration ?? 0), rate: thin },
    { length: input.duration - past, rate: input.rate },
  ]
  const spans: Span[] = []
  let from = 0
  let first = 0
  for (const { length, rate } of lengths) {
    if (length === 0) continue
    const own = rateOf(partition, partitions, rate)
    spans.push({ from, first, rate: own })
    from += length
    first += countBefore(length, own)
  }
  return { spans, all: first }
}

function checkSchedule(partitions: number, { rate, duration, history }: InputConfig): void {
  assert(
    history === undefined || (history.leaving?.duration ?? 0) <= history.duration,
    'what leaves windows is a part of the history',
  )
  assert(Number.isSafeInteger(partitions) && partitions > 0, `an input of ${partitions} partitions`)
  if (!Number.isSafeInteger(rate) || rate < 0 || rate > PARTITION_RATE_MAX * partitions) {
    throw new ConfigurationError({
      asked: 'a rate of input',
      found: `${rate} records a second over ${partitions} partitions`,
      rule: 'a rate is a whole number from 0 to 10^9 a second for each partition',
      remedy: 'Round the rate, or spread it over more partitions',
    })
  }
  const secondsMax = Math.floor(Number.MAX_SAFE_INTEGER / PARTITION_RATE_MAX)
  if (!Number.isSafeInteger(duration) || duration < 0 || duration > secondsMax * NANOS_PER_SECOND) {
    throw new ConfigurationError({
      asked: 'a duration of input',
      found: `${duration} ns`,
      rule: `a duration is a whole number of ns, at most ${secondsMax} s`,
      remedy: 'Shorten the run',
    })
  }
}
