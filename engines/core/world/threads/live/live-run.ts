/** A run with live input: what its configuration becomes, where its source writes, and what its record says afterwards. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { RunMemory } from '../../../columns/memory.ts'
import { ConfigurationError } from '../../../errors.ts'
import type { LiveInput } from '../../../input/live-input.ts'
import type { Dataflow } from '../../../plan/dataflow.ts'
import { formatDuration } from '../../../plan/duration.ts'
import type { RunConfig } from '../../../run-config.ts'
import type { RunRecord } from '../../../system.ts'
import type { Nanos } from '../../../units.ts'
import type { ThreadsLayout } from '../layout.ts'
import { emptyInput } from './empty-input.ts'
import { readSegments } from './segment-log.ts'
import type { SourceThreadData } from './source-service.ts'
import { readSummary } from './source-summary.ts'
import { pagesOf } from './window-layout.ts'
import { closeWindow, windowEnd } from './window-writer.ts'

export type LiveSource = Pick<
  SourceThreadData,
  'input' | 'window' | 'directory' | 'unit' | 'duration'
>

/** Nothing is due by a schedule; the duration is the longest that the run may take. */
export function liveConfig(config: RunConfig): RunConfig {
  if (config.ingest === 'pushed') {
    throw new ConfigurationError({
      asked: 'live input with the ingest pushed',
      found: 'two ways in at once',
      rule: 'the source of a live input writes its own log, which all workers read',
      remedy: 'Leave the ingest at log, or push records of a pool',
    })
  }
  if (config.engine === 'timely' && config.timely.recovery === 'active-standby') {
    throw new ConfigurationError({
      asked: 'live input with recovery active-standby',
      found: 'two readers, each at its own pace',
      rule: 'what has arrived is kept until it has been read, and nobody knows when both replicas have',
      remedy: 'Use --recovery checkpoint, or read the input from a file',
    })
  }
  return { ...config, input: { rate: 0, duration: config.input.duration } }
}

/** Where a run's source writes. Makes the directory of its log. */
export function liveSource(
  input: LiveInput,
  run: {
    readonly config: RunConfig
    readonly dataflow: Dataflow
    readonly layout: ThreadsLayout
    readonly directory: string
  },
): LiveSource {
  const { config, dataflow, layout } = run
  const { partitions, tick } = config
  const directory = join(run.directory, 'input')
  fs.mkdirSync(directory)
  const periods = [...dataflow.operators, ...dataflow.outputs].map(({ period }) =>
    period === 'tick' ? tick : period,
  )
  return {
    input,
    directory,
    window: { base: layout.pool, partitions, pages: pagesOf(partitions) },
    unit: periods.reduce(commonMultiple, tick),
    duration: config.input.duration,
  }
}

/** Closes the input when the signal says so, or has said so. */
export function closeOn(signal: AbortSignal, memory: RunMemory, { window }: LiveSource): void {
  const close = (): void => closeWindow(memory, window)
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
}

/**
 * Adds all that arrived to a run's record, and takes away what was committed beyond its end. Reads the log. A run that nothing
 * reached in its time has failed, as one whose input was empty has.
 */
export function withArrived(record: RunRecord, memory: RunMemory, live: LiveSource): RunRecord {
  if (record.outcome !== 'completed') return record
  const { position, malformed, ...rest } = readSummary(live.directory)
  // An input that goes on for longer than the run may take is cut there.
  const bound = { ...rest, duration: live.duration, isFull: false }
  const end = windowEnd(memory, live.window) ?? bound
  const { duration } = end
  const arrived = readSegments(live.directory)
  if (!(arrived.dueAt[0]! < duration)) {
    const found = `no line arrived in ${formatDuration(duration)}`
    const error = emptyInput(live.input, found, malformed)
    return { ...record, outcome: 'failed', error }
  }
  return {
    ...record,
    commits: record.commits.filter(({ tick }) => tick <= duration),
    rows: record.rows.filter(({ tick }) => tick <= duration),
    input: { ...end, ...arrived, malformed, position },
  }
}

function commonMultiple(a: Nanos, b: Nanos): Nanos {
  let x = a
  let y = b
  while (y > 0) [x, y] = [y, x % y]
  return (a / x) * b
}
