/** What `run` and `replay` print of a trial: a short report for people. The tables of the run's folder have the rest. */
import { describeMalformed } from '../../engines/core/input/formats/row-tally.ts'
import { ARRIVED_BYTES_MAX, type LiveInput } from '../../engines/core/input/live-input.ts'
import { instantText } from '../../engines/core/plan/duration.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { planPlaceOf } from '../../workloads/own-plan.ts'
import { commitsText } from '../runner/committed.ts'
import { processName, targetOf } from '../runner/fault-rows.ts'
import { asRun, coordinationOf, exchangedOf, stateKeysOf } from '../runner/trial-rows.ts'
import type {
  JobsSummary,
  LatencySummary,
  ShownRow,
  TrialOutcome,
  TrialSpec,
} from '../runner/trial-spec.ts'
import { describeWarning, type WarningName } from '../runner/warnings.ts'
import { formatDuration, formatRate, formatSize } from './options.ts'

/** One line that says what runs: also the line of progress before it. */
export function describeTrial(spec: TrialSpec): string {
  const { workload, engine, world, partitions, tick, warmup, disorder } = spec
  const before = warmup > 0 ? ` after ${formatDuration(warmup)} of warm-up` : ''
  const late =
    disorder === undefined
      ? ''
      : `, ${Number((100 * disorder.share).toFixed(3))} % of the records up to ${formatDuration(disorder.bound)} late`
  return (
    `${workload} on ${engine}, ${world === 'threads' ? 'threads' : 'simulated'}: ` +
    `${workersText(spec)}, ${partitions} partitions, ` +
    `tick ${formatDuration(tick)}, ${loadOf(spec)}${before}${late}`
  )
}

/** `2 workers, 4 from 10s on`. */
function workersText({ workers, resize, history }: TrialSpec): string {
  const first = resize?.from ?? workers
  const start = (history?.duration ?? 0) - (history?.settle ?? 0)
  const changes = resize?.steps.map((step) => {
    return `, ${step.workers} from ${instantText(step.at, start, formatDuration)} on`
  })
  return `${first} ${first === 1 ? 'worker' : 'workers'}${(changes ?? []).join('')}`
}

function loadOf({ input: { live }, bounded, rate, measured }: TrialSpec): string {
  if (live !== undefined) return `${liveText(live)} for at most ${formatDuration(measured)}`
  if (!bounded) return `${formatRate(rate)} for ${formatDuration(measured)}`
  return rate > 0 ? `all of its input, at ${formatRate(rate)}` : 'all of its input at once'
}

function liveText(live: LiveInput): string {
  switch (live.kind) {
    case 'http':
      return live.url
    case 'tcp':
      return `tcp://${live.host}:${live.port}`
    case 'stdin':
      return 'standard input'
    case 'file':
      return live.path
    case 'folder':
      return `${live.path}, as it grows,`
  }
}

/**
 * The report's lines, indented. Latency is only shown of a run that is valid: a wrong run has no throughput. Why a run
 * failed is left to standard error.
 */
export function reportTrial(
  spec: TrialSpec,
  outcome: TrialOutcome,
  warnings: readonly string[],
): readonly string[] {
  const lines: (readonly [name: string, text: string])[] = [['verdict', verdictOf(outcome)]]
  for (const reason of outcome.reasons) {
    if (outcome.error === undefined || !reason.includes(outcome.error)) lines.push(['', reason])
  }
  if (isOwnDoing(spec, outcome)) lines.push(['', OWN_DOING])
  lines.push(...faultLines(spec, outcome))
  if (outcome.verdict === 'valid') lines.push(...paceLines(spec, outcome))
  if (outcome.outcome !== 'failed') lines.push(...costLines(spec, outcome))
  if (outcome.traceHash !== undefined) lines.push(['trace', outcome.traceHash])
  lines.push(['commits', commitsText(outcome.commitsHash)])
  for (const name of outcome.outcome === 'failed' ? [] : warnings)
    lines.push(['warning', describeWarning(name as WarningName)])
  const width = Math.max(...lines.map(([name]) => name.length))
  const text = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return [...text, ...rowLines(outcome.rows ?? [], clockStart(spec)), ...answerLines(outcome)]
}

const OWN_DOING =
  'hint: a function of the plan that changes its arguments, or goes by more than them (the time, a variable outside), gives other rows each time. Let functions return new values.'

/** Other rows than the oracle's, of a plan of the user's own: it ran the same functions. */
function isOwnDoing({ workload }: TrialSpec, { reasons }: TrialOutcome): boolean {
  return (
    planPlaceOf(workload) !== undefined &&
    reasons.some((reason) => /^(wrong|contradicted|rows) ×/.test(reason))
  )
}

/** Of each planned fault whether it took effect, who noticed, and when it was over. */
function faultLines(spec: TrialSpec, outcome: TrialOutcome): (readonly [string, string])[] {
  const clock = clockStart(spec)
  return spec.faults.map((fault, index) => {
    const what = `${fault.kind} of ${targetOf(fault, spec)}`
    const { witnessedAt, detectedAt, processingAt, latencyBackAt, latencyBackAfter } =
      outcome.recoveries?.[index] ?? {}
    if (witnessedAt === undefined) return ['fault', `${what}: took no effect`]
    const after = (name: string, at: Nanos | undefined): string[] =>
      at === undefined ? [] : [`${name} after ${brief(at - witnessedAt)}`]
    const phases = [
      `took effect at ${instantText(witnessedAt, clock, formatDuration)}`,
      ...after('suspected', detectedAt),
      ...after('processing again', processingAt),
      ...after('latency back', latencyBackAt),
      ...(latencyBackAfter === undefined
        ? []
        : [`latency back after ${brief(latencyBackAfter - witnessedAt)} at the earliest`]),
    ]
    return ['fault', `${what}: ${phases.join(', ')}`]
  })
}

/** What is to know of a live input that has ended, beside how much of it came. */
export function arrivalWarnings(
  { input: { live }, warmup, measured }: Pick<TrialSpec, 'input' | 'warmup' | 'measured'>,
  outcome: Pick<
    TrialOutcome,
    'arrived' | 'inputLinesNotUtf8' | 'inputRowsMalformed' | 'recordsAll'
  >,
): readonly string[] {
  const { arrived, inputLinesNotUtf8, inputRowsMalformed, recordsAll } = outcome
  if (live === undefined || arrived === undefined) return []
  const size = formatSize(live.bytesMax ?? ARRIVED_BYTES_MAX)
  return [
    ...(inputLinesNotUtf8 === undefined
      ? []
      : [
          `${inputLinesNotUtf8} of ${recordsAll} lines that arrived are not UTF-8. They are kept and processed as bytes.`,
        ]),
    ...(inputRowsMalformed === undefined ? [] : [describeMalformed(inputRowsMalformed)]),
    ...(arrived.isFull
      ? [
          `the input was closed at ${size}, its records' stamps and offsets included: a run takes no more of what arrives. What had arrived is counted.`,
        ]
      : []),
    ...(arrived.duration >= warmup + measured
      ? ['the input went on until --duration: what came later is not in this run.']
      : []),
  ]
}

/** What is to know of joins that gave nothing, since keys of their sides are never equal. */
export function joinWarnings({
  joinsApart = [],
}: Pick<TrialOutcome, 'joinsApart'>): readonly string[] {
  return joinsApart.map(
    ({ word, node, left, right }) =>
      `${word} (node ${node}) gave nothing: keys like ${left} came on the left and ${right} on the right, and none of a type that came on both. Convert one side with map.`,
  )
}

/** What is to know of a run that went on while storage refused its checkpoints, logs or records. */
export function storageWarnings({ counters }: Pick<TrialOutcome, 'counters'>): readonly string[] {
  return REFUSALS.flatMap(({ counter, one, many, meanwhile, event }) => {
    const count = counters[counter] ?? 0
    if (count === 0) return []
    const what = count === 1 ? one : `${count} ${many}`
    return [`storage did not take ${what}: ${meanwhile}. history.jsonl says why (${event}).`]
  })
}

/** By the counter of them. */
const REFUSALS = [
  {
    counter: 'checkpointsFailed',
    one: 'a checkpoint',
    many: 'checkpoints',
    meanwhile: 'the run went on with the one before, to which whoever was lost goes back',
    event: 'checkpoint-failed',
  },
  {
    counter: 'logsFailed',
    one: "a worker's log",
    many: "times a worker's log",
    meanwhile:
      'it ended there, and began anew with the next checkpoint; in between, all go back to its end when somebody is lost',
    event: 'logging-failed',
  },
  {
    counter: 'driverRecordsFailed',
    one: 'a record of the driver',
    many: 'records of the driver',
    meanwhile:
      'they were written again later; meanwhile nothing was forgotten that a new driver needs',
    event: 'driver-record-failed',
  },
] as const

function verdictOf({ verdict, outcome, ticksCompleted }: TrialOutcome): string {
  const ticks = `${grouped(ticksCompleted)} ticks committed`
  return outcome === 'completed' ? `${verdict}, ${ticks}` : `${verdict}, ${outcome}, ${ticks}`
}

function paceLines(spec: TrialSpec, outcome: TrialOutcome): (readonly [string, string])[] {
  const { answered, arrived, jobs, recordsAll } = outcome
  if (answered !== undefined) {
    const lines = answeredLines(answered, recordsAll)
    return jobs === undefined ? lines : [...lines, ['jobs', jobsText(jobs)]]
  }
  const { processedPerSecond, latency, sentLatency, closeLatency } = outcome
  const { rate } = asRun(spec, outcome)
  const pace = processedPerSecond >= 1 ? [formatRate(Math.round(processedPerSecond))] : []
  return [
    ...(arrived === undefined ? [] : [['arrived', arrivedText(recordsAll, arrived)] as const]),
    [
      'processed',
      arrived === undefined
        ? `${formatRate(processedPerSecond)} records of ${formatRate(rate)} offered`
        : [...pace, `in ${formatDuration(arrived.duration)}`].join(' '),
    ],
    ...(latency ? [['latency', quantiles(latency, 'records')] as const] : []),
    ...(sentLatency ? [['sent', sentText(sentLatency)] as const] : []),
    ...(closeLatency ? [['close', quantiles(closeLatency, 'windows')] as const] : []),
  ]
}

type Answered = NonNullable<TrialOutcome['answered']>

function answeredLines(
  { elapsed, answers }: Answered,
  records: number,
): (readonly [string, string])[] {
  const pace = formatRate(Math.max(1, Math.round((records * 1e9) / elapsed)))
  return [
    ['answered', `${grouped(records)} records in ${brief(elapsed)}, ${pace}`],
    ...answers.map(({ name, rows, digest }) => {
      return ['answer', `${name}: ${grouped(rows)} rows, digest ${digest}`] as const
    }),
  ]
}

function jobsText({ count, first, p50, max, cpuNs }: JobsSummary): string {
  const cpu = cpuNs === undefined ? '' : `; CPU ${brief(cpuNs)} a job`
  const times = `the first in ${brief(first)}, the others p50 ${brief(p50)}, max ${brief(max)}`
  return `${grouped(count)}, one a round and one for the result: ${times}${cpu}`
}

function answerLines({ verdict, answered }: TrialOutcome): readonly string[] {
  if (verdict !== 'valid') return []
  return (answered?.answers ?? []).flatMap(({ name, rows, first }) =>
    first.length === 0
      ? []
      : [
          `  ${name}, ${first.length} of ${grouped(rows)} rows by key (key → value):`,
          ...first.map(([key, value]) => `    ${key} → ${value}`),
        ],
  )
}

type Arrived = NonNullable<TrialOutcome['arrived']>

function arrivedText(records: number, { resumes, heldBackNs, heldBackNsMax }: Arrived): string {
  const heldBack = `held back for ${brief(heldBackNs)}, ${brief(heldBackNsMax)} at once`
  return [
    `${grouped(records)} records`,
    ...(resumes === 0 ? [] : [`over ${resumes + 1} connections`]),
    // That is in no latency.
    ...(heldBackNs === 0 ? [] : [heldBack]),
  ].join(', ')
}

function quantiles({ p50, p95, p99, max, count }: LatencySummary, of: string): string {
  const shown = [p50, p95, p99, max].map(brief)
  return `p50 ${shown[0]}, p95 ${shown[1]}, p99 ${shown[2]}, max ${shown[3]} (${grouped(count)} ${of})`
}

function sentText({ p50, p99 }: LatencySummary): string {
  return `p50 ${brief(p50)}, p99 ${brief(p99)} (from the instant it was read: what others report)`
}

function costLines(spec: TrialSpec, outcome: TrialOutcome): (readonly [string, string])[] {
  const { counters, cpuNs, memoryBytesMax, residentBytesMax, rowsCommitted, recordsLate } = outcome
  const exchanged = exchangedOf(outcome)
  const { state_keys_max: stateKeys } = stateKeysOf(counters)
  const parts = [
    exchanged.exchanged_rows === undefined ? [] : [`${grouped(exchanged.exchanged_rows)} rows`],
    exchanged.exchanged_bytes === undefined ? [] : [formatSize(exchanged.exchanged_bytes)],
    exchanged.exchanged_remote_share === undefined
      ? []
      : [`${(100 * exchanged.exchanged_remote_share).toFixed(0)} % between workers`],
  ].flat()
  const { progress_messages: messages = 0, progress_bytes: bytes = 0 } = coordinationOf(
    spec.engine,
    counters,
  )
  const coordination = spec.engine === 'timely' ? 'progress' : 'driver'
  const cpu = cpuNs.map((ns, process) => {
    return `${processName(spec, process)} ${brief(ns ?? 0)}`
  })
  return [
    [
      'rows',
      `${grouped(rowsCommitted)} committed${spec.bounded ? '' : ' in the measured interval'}`,
    ],
    ...(recordsLate === undefined ? [] : [['late', lateText(recordsLate)] as const]),
    ...(counters.savedFiles === undefined
      ? []
      : [['saved', savedText(counters.savedFiles, counters.savedBytes)] as const]),
    ...(parts.length > 0 ? [['exchanged', parts.join(', ')] as const] : []),
    [coordination, `${grouped(messages)} messages, ${formatSize(bytes)}`],
    ...(stateKeys === undefined
      ? []
      : [['states', `${grouped(stateKeys)} keys in a partition at most`] as const]),
    ['CPU', cpu.join(', ')],
    [
      'memory',
      `${formatSize(memoryBytesMax)} in the run's regions, ${formatSize(residentBytesMax)} resident`,
    ],
  ]
}

function lateText(records: number): string {
  return `${grouped(records)} ${records === 1 ? 'record' : 'records'} too late for a window, each counted for every window that it missed`
}

function savedText(files: number, bytes = 0): string {
  return `${grouped(files)} files, ${formatSize(bytes)}`
}

function rowLines(rows: readonly ShownRow[], clock: Nanos): readonly string[] {
  if (rows.length === 0) return []
  return [
    `  last ${rows.length} rows (tick, partition, key → value):`,
    ...rows.map(
      ({ tick, partition, key, value }) =>
        `    ${instantText(tick, clock, formatDuration)}  ${partition}  ${key} → ${value ?? 'gone'}`,
    ),
  ]
}

/** Three digits are enough to read. */
function brief(nanos: Nanos): string {
  return formatDuration(Number(nanos.toPrecision(3)))
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}
