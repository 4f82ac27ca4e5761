/**
 * What a finished run's counters and events say of its model. For the conformance suites and for planted bugs: each
 * function returns what is wrong, or nothing.
 */
import type { RunConfig } from '../run-config.ts'
import type { RunRecord } from '../system.ts'
import { counterOf } from './scenario.ts'

/** Partitions have not quite the same keys. */
const SHARE_SLACK = { below: 0.9, above: 1.1 } as const

/** Keyed rows leave their worker in (W − 1) / W of the cases; never do more cross than there are. */
export function wrongCrossing(record: RunRecord, workers: number): string | undefined {
  const share = counterOf(record, 'shuffleBytesRemote') / counterOf(record, 'shuffleBytes')
  const even = (workers - 1) / workers
  const above = Math.min(1, even * SHARE_SLACK.above)
  if (share >= even * SHARE_SLACK.below && share <= above) return undefined
  return `${share} of the exchanged bytes cross workers, not ${even}`
}

/** Without checkpoints, workers of the timely engine send data, progress and heartbeats, and nothing else. */
export function centralMessages(record: RunRecord, config: RunConfig): string | undefined {
  const { detector, input, workers } = config
  const counted = (name: string): number => counterOf(record, name)
  const rest = counted('messages') - counted('dataMessages') - counted('progressMessages')
  const beats = Math.ceil(input.duration / detector.heartbeat) * workers * (workers - 1)
  // The run ends a little after the input does.
  if (rest <= beats * 1.1) return undefined
  return `${rest} messages beside data and progress: heartbeats are ${beats}`
}

/** Without failures, workers of the D-Stream engine run each task that the driver has launched, and no other. */
export function unlaunchedTasks(record: RunRecord): string | undefined {
  const run = counterOf(record, 'tasks')
  const launched = counterOf(record, 'launchedTasks')
  if (run === launched) return undefined
  return `${run} tasks were run, ${launched} were launched`
}
