/**
 * Would the input of a pushed run fit into its receivers? Computed beforehand from the input itself, since such a run fails
 * only after many seconds.
 *
 * Receivers hold a stretch of the input at once (`Engine.heldInput`), in a share of all workers' memory. What is counted is
 * text and offsets, as if blocks had no headers and were all full: so what is refused here would surely have failed, and
 * what is advised leaves room for blocks that are half empty.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { REGION_SHARE } from '../../engines/core/ingest/allowance.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { formatDuration } from '../../engines/core/plan/duration.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import type { Nanos, PartitionId } from '../../engines/core/units.ts'
import { formatSize } from '../cli/options.ts'
import { inputOf } from './trial.ts'
import type { TrialSpec } from './trial-spec.ts'

const OFFSET_BYTES = 4
/** From this share of a slot on, a block takes all of it. */
const FILLED_MIN = 1 / 2

/** Errors: `ConfigurationError` for input that cannot fit. Costs what it costs to make the input. */
export function checkPushed(spec: TrialSpec, config: RunConfig, held: Nanos): void {
  const { ingest, workers, workerMemoryBytes } = spec
  if (ingest !== 'pushed' || workerMemoryBytes === undefined || held === 0) return
  const room = workers * workerMemoryBytes * REGION_SHARE
  const largest = largestStretch(config, inputOf(spec).pool)
  const needed = largest(held)
  if (needed <= room) return
  // What is held is a multiple of what the user can choose: of a checkpoint interval, or the batch itself.
  const { checkpointInterval } = config.timely
  const [option, given] =
    config.engine === 'timely'
      ? (['--checkpoint-interval', checkpointInterval] as const)
      : (['--tick', config.tick] as const)
  const fits = (length: Nanos): boolean => largest((held / given) * length) <= room * FILLED_MIN
  const shorter = config.engine === 'timely' ? longestMultiple(config.tick, given, fits) : 0
  const others = 'a lower --rate or more --worker-memory'
  throw new ConfigurationError(
    {
      asked: `${option} ${formatDuration(given)} with --ingest pushed on ${config.engine}`,
      found: `${formatSize(needed)} of input to hold at once, and room for ${formatSize(room)}`,
      rule:
        config.engine === 'timely'
          ? `Blocks stay for ${held / given} checkpoint intervals, in ${REGION_SHARE} of the memory of all workers`
          : `A batch is worked on when all of its input is here, in ${REGION_SHARE} of the memory of all workers`,
      remedy:
        shorter > 0
          ? `Give ${option} ${formatDuration(shorter)}, ${others}`
          : `Give ${config.engine === 'timely' ? '' : `a shorter ${option}, `}${others}`,
    },
    { needed, room },
  )
}

/** Of a length of input, the bytes that are due in a stretch of it: from the run's start, and from where its own rate begins. */
function largestStretch(config: RunConfig, pool: PoolBytes): (length: Nanos) => number {
  const bytesBefore = bytesDue(config, pool)
  const past = config.input.history?.duration ?? 0
  return (length) => {
    const start = Math.ceil(past / length) * length
    return Math.max(bytesBefore(length), bytesBefore(start + length) - bytesBefore(start))
  }
}

/** Bytes of text and offsets that are due before an instant, over all partitions. */
function bytesDue(config: RunConfig, { offsets }: PoolBytes): (instant: Nanos) => number {
  const records = offsets.length - 1
  const log = createInputLog(config, { bytes: 0, offsets: 0, records })
  const ofPartition = (partition: PartitionId, count: number): number => {
    // Whole laps of the pool are equal, wherever they begin.
    const laps = Math.floor(count / records)
    let text = laps * (offsets[records]! - offsets[0]!)
    log.locate(partition, 0, count - laps * records, ({ first, count: some }) => {
      text += offsets[first + some]! - offsets[first]!
    })
    return text + count * OFFSET_BYTES
  }
  return (instant) => {
    let sum = 0
    for (let p = 0; p < config.partitions; p++) sum += ofPartition(p, log.dueBefore(p, instant))
    return sum
  }
}

/** The longest multiple of `tick` below `limit` that fits, where shorter ones fit if a longer one does; 0 if none does. */
function longestMultiple(tick: Nanos, limit: Nanos, fits: (length: Nanos) => boolean): Nanos {
  let low = 0
  let high = limit / tick
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (fits(middle * tick)) low = middle
    else high = middle
  }
  return low * tick
}
