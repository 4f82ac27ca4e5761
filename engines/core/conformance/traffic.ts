/**
 * What a finished run's counters and events say of its model. For the conformance suites and for planted bugs: each
 * function returns what is wrong, or nothing.
 */
import { workersAt } from '../membership/resize.ts'
import type { VisibleCommit } from '../output/commit.ts'
import type { Resize, RunConfig } from '../run-config.ts'
import type { RunRecord } from '../system.ts'
import type { Nanos } from '../units.ts'
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

/** How often each worker's message found no room, to whomever it was. Of two workers without a driver: one number for each direction. */
export function fullLinksOf({ processes }: RunRecord, workers: number): readonly number[] {
  return Array.from({ length: workers }, (_, worker) =>
    processes
      .filter(({ process }) => process === worker)
      .reduce((total, { counters }) => total + (counters.fullLinks ?? 0), 0),
  )
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

/** What a tick waits for between its reading and its last commit, in messages that follow each other. */
const MESSAGES_AFTER_READING: Readonly<Record<RunConfig['engine'], number>> = {
  // Progress: no worker commits before it knows that all others have read.
  timely: 1,
  // The report to the driver, its launch, the request for rows, and the rows.
  dstream: 4,
}

/**
 * Without failures, and where keyed rows cross workers: each tick has been read by all that commit it, and its last commit
 * comes so many messages later at the earliest; of a worker that is alone, none. `latency` is the least of a message.
 */
export function wrongReading(
  { commits }: RunRecord,
  { engine, workers, resize }: RunConfig,
  latency: Nanos,
): string | undefined {
  const least = MESSAGES_AFTER_READING[engine] * latency
  const isAlone = (tick: Nanos): boolean =>
    (resize ? (workersAt(resize, tick) ?? resize.from) : workers) === 1
  const ticks = new Map<string, Pick<VisibleCommit, 'tick' | 'readAt' | 'visibleAt'>>()
  for (const { output, tick, readAt, visibleAt } of commits) {
    const name = `output ${output}, tick ${tick}`
    if (readAt === undefined) return `${name} was committed by a worker that read none of it`
    const seen = ticks.get(name)
    ticks.set(name, {
      tick,
      readAt: Math.max(seen?.readAt ?? 0, readAt),
      visibleAt: Math.max(seen?.visibleAt ?? 0, visibleAt),
    })
  }
  for (const [name, { tick, readAt = 0, visibleAt }] of ticks) {
    const after = visibleAt - readAt
    if (after < (isAlone(tick) ? 0 : least))
      return `${name} was visible ${after} ns after it was read`
  }
  return undefined
}

/** Where nobody is lost, no tick is committed twice. */
export function committedTwice({ commits }: RunRecord): string | undefined {
  const places = new Set<string>()
  for (const { output, partition, tick } of commits) {
    const place = `output ${output}, partition ${partition}, tick ${tick}`
    if (places.has(place)) return `${place} was committed twice`
    places.add(place)
  }
  return undefined
}

/** Who has joined and left, in the order of the history. */
export function comingsIn({ history }: RunRecord): readonly string[] {
  return history
    .filter(({ event }) => event === 'worker-joined' || event === 'worker-left')
    .map(({ event, fields }) => `${event} ${fields.process}`)
}

/** Who is to join and to leave by a plan, where nobody is lost for good. */
export function comingsOf({ from, steps }: Resize): readonly string[] {
  let before = from
  return steps.flatMap(({ workers }) => {
    const [least, most] = [Math.min(before, workers), Math.max(before, workers)]
    const event = workers > before ? 'worker-joined' : 'worker-left'
    before = workers
    return Array.from({ length: most - least }, (_, more) => `${event} ${least + more}`)
  })
}

/** Workers join and leave as the plan says, each once. */
export function wrongComings(record: RunRecord, { resize }: RunConfig): string | undefined {
  const planned = resize === undefined ? [] : comingsOf(resize)
  const found = comingsIn(record)
  if (found.join(', ') === planned.join(', ')) return undefined
  return `of ${planned.join(', ') || 'nobody'} there were ${found.join(', ') || 'none'}`
}
