/**
 * Memory under an input that never lets up.
 *
 * A client that pushes offers Grep three times its pace; a local server that streams lines, WordCount with plain functions.
 * What an engine does not take must stay outside of it. Read is the resident set until the run's end: the oracle's copy of
 * what arrived comes later. A trial counts only if what was held back would have broken the limit by itself, so that a system
 * that buffers it cannot pass; the note has how much that was.
 *
 * Pushed is the easy case: Grep has no state, and the timely engine no recovery, so that what was pushed may go once it is
 * read. With checkpoints it is kept until the next one; that an overload of that kind is bounded, no row says.
 */
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { formatDuration, formatSize } from '../cli/options.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { startLineFlood } from '../runner/line-flood.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import { type TrialOutcome, type TrialSpec, verdictOfAll } from '../runner/trial-spec.ts'
import type { Elsewhere } from './earlier-runs.ts'
import type { BenchRow } from './rows.ts'
import { type BenchScale, specOfSubject, subjectNamed } from './subjects.ts'

/** Offered over the pace; and at least over what was taken in the end, which may be more than the pace that was learned. */
const OVERLOAD = 3
const OVERLOAD_MIN = 2.5

interface MemoryRequest {
  readonly rows: readonly BenchRow[]
  readonly scale: BenchScale
  readonly seed: number
  /** Records/s of a subject of the bench, where it was measured. */
  readonly paceOf: (subject: string) => number | undefined
}

const engines = ['timely', 'dstream'] as const
type EngineName = (typeof engines)[number]

/** Trials that `measureOverloadMemory` will run: a socket's pace is learned first. */
export function overloadTrials(rows: readonly BenchRow[]): number {
  const count = (kind: string): number =>
    rows.filter(({ name }) => name.startsWith(`memory-overload-${kind}`)).length
  return count('pushed') + 2 * count('http')
}

/** One trial a row: a peak is bounded or it is not. */
export async function measureOverloadMemory(
  io: Pick<CommandIo, 'signal' | 'elapsedMs'>,
  journal: TrialJournal,
  request: MemoryRequest,
  to: Elsewhere,
): Promise<void> {
  for (const engine of engines) {
    for (const kind of ['pushed', 'http'] as const) {
      const name = `memory-overload-${kind}-${engine}`
      const row = request.rows.find((one) => one.name === name)
      if (row === undefined) continue
      io.signal.throwIfAborted()
      const overload =
        kind === 'pushed'
          ? await pushedOverload(journal, engine, request)
          : await httpOverload(io, journal, engine, request, row.reach!.value)
      if (overload === undefined) continue
      const { residentBytes, offeredBytes, takenBytes, lasted } = overload
      const factor = offeredBytes / takenBytes
      const heldBackBytes = offeredBytes - takenBytes
      const offered = `${formatSize(offeredBytes)} offered in ${formatDuration(lasted)}`
      const taken = `${formatSize(takenBytes)} taken (1 in ${factor.toFixed(1)})`
      const heldBack = `${formatSize(heldBackBytes)} held back at its end`
      to.notes.set(name, `${offered}, ${taken}, ${heldBack}`)
      const limit = row.reach!.value
      const isOverload = heldBackBytes >= limit && factor >= OVERLOAD_MIN
      // What breaks the limit under less than that breaks it.
      to.values.set(row.numerator, isOverload || residentBytes > limit ? [residentBytes] : [])
    }
  }
}

interface Overload {
  readonly residentBytes: number
  /** How long input was offered, how much of it, and what had been taken of it when that ended. */
  readonly lasted: Nanos
  readonly offeredBytes: number
  readonly takenBytes: number
}

/** Bytes of a synthetic line, with its line feed. */
const LINE_BYTES = 101
/** Of a socket: long enough to hold back so many times the limit. */
const HELD_BACK_LIMITS = 1.5
/** To learn the pace from a socket: its best second, since code is compiled in the first ones. */
const HTTP_LEARNS = seconds(4)
const HTTP_ATTEMPTS = 3

function grepSpec(engine: EngineName, rate: number, { scale, seed }: MemoryRequest): TrialSpec {
  return {
    ...specOfSubject(subjectNamed(`${engine} grep pushed`), { rate, scale, seed }),
    // A batch must fit into what receivers hold, and at three times the pace it is as much longer.
    tick: milliseconds(10),
    dstream: { ...TRIAL_DEFAULTS.dstream, checkpointInterval: milliseconds(250) },
    warmup: scale.shortMeasured / 2,
    measured: scale.shortMeasured,
    grace: 3 * scale.grace,
  }
}

const noteOf = (label: string): TrialNote => ({ role: 'control', cell: label, label, repeats: 1 })

const isValid = (outcome: TrialOutcome): boolean =>
  verdictOfAll(outcome) === 'valid' && outcome.runResidentBytesMax !== undefined

async function pushedOverload(
  journal: TrialJournal,
  engine: EngineName,
  request: MemoryRequest,
): Promise<Overload | undefined> {
  const pace = request.paceOf(`${engine} grep pushed`)
  if (pace === undefined) return undefined
  const spec = grepSpec(engine, pace * OVERLOAD, request)
  const outcome = await journal.run(spec, noteOf(`${engine}, pushed overload`), 1)
  const lasted = spec.warmup + spec.measured
  const waiting = outcome.timeline?.find(({ at }) => at >= lasted)?.backlogRecords
  if (!isValid(outcome) || waiting === undefined) return undefined
  return {
    residentBytes: outcome.runResidentBytesMax!,
    lasted,
    offeredBytes: outcome.recordsAll * LINE_BYTES,
    takenBytes: (outcome.recordsAll - waiting) * LINE_BYTES,
  }
}

/** First as much as the socket takes, to learn the pace; then three times that for longer. */
async function httpOverload(
  io: Pick<CommandIo, 'elapsedMs'>,
  journal: TrialJournal,
  engine: EngineName,
  request: MemoryRequest,
  limitBytes: number,
): Promise<Overload | undefined> {
  const run = async (bytesPerSecond: number, measured: Nanos, label: string) => {
    const { elapsedMs } = io
    const flood = await startLineFlood({ bytesPerSecond, elapsedMs })
    try {
      const spec: TrialSpec = {
        ...grepSpec(engine, 0, request),
        // Slower than the thread that reads the socket: what is held back then is held back by the engine.
        workload: 'word-count',
        kernels: 'plain',
        timely: {
          ...TRIAL_DEFAULTS.timely,
          recovery: 'checkpoint',
          checkpointInterval: seconds(1),
        },
        ingest: 'log',
        rate: 0,
        warmup: 0,
        measured,
        input: { kind: 'file', live: { kind: 'http', url: flood.url } },
      }
      const outcome = await journal.run(spec, noteOf(label), 1)
      return isValid(outcome) ? outcome : undefined
    } finally {
      await flood.stop()
    }
  }
  const label = `${engine}, http overload`
  const first = await run(Number.POSITIVE_INFINITY, HTTP_LEARNS, `${label}, calibration`)
  // What is left of the last second is no second.
  const whole = (first?.timeline ?? []).filter(({ interval }) => interval === seconds(1))
  let pace = Math.max(0, ...whole.map(({ recordsPerSecond }) => recordsPerSecond)) * LINE_BYTES
  let overload: Overload | undefined
  for (let attempt = 0; attempt < HTTP_ATTEMPTS && pace > 0; attempt++) {
    const lasted = Math.ceil((HELD_BACK_LIMITS * limitBytes) / ((OVERLOAD - 1) * pace)) * seconds(1)
    const outcome = await run(pace * OVERLOAD, lasted, label)
    if (outcome === undefined) return undefined
    const takenBytes = outcome.recordsAll * LINE_BYTES
    const offeredBytes = (pace * OVERLOAD * lasted) / 1e9
    overload = { residentBytes: outcome.runResidentBytesMax!, lasted, offeredBytes, takenBytes }
    if (offeredBytes >= OVERLOAD_MIN * takenBytes || overload.residentBytes > limitBytes) break
    // It did more than when its pace was learnt: code was still being compiled.
    pace = (takenBytes * 1e9) / lasted
  }
  return overload
}
