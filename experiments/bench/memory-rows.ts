/**
 * Memory under an input that never lets up, and over ten minutes.
 *
 * Overload: grep is offered three times its pace by a client that pushes, or as much as a socket takes by a local server.
 * A system that buffers what it cannot work off would hold gigabytes after seconds (the note says how much was offered);
 * one that holds the client back stays where it was. Read is the resident set until the run's end: the oracle's copy of what
 * arrived comes later. Flat: the same rate for one minute and for ten.
 */
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { formatSize } from '../cli/options.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import type { Elsewhere } from './earlier-runs.ts'
import { startFlood } from './flood.ts'
import type { BenchRow } from './rows.ts'
import { type BenchScale, specOfSubject, subjectNamed } from './subjects.ts'

/** Offered over the pace. */
const OVERLOAD = 3
/** Of the rows over ten minutes, records/s: far below what either engine sustains. */
const FLAT_RATE = 200_000

interface MemoryRequest {
  readonly rows: readonly BenchRow[]
  readonly scale: BenchScale
  readonly seed: number
  /** Records/s of a subject of the bench, where it was measured. */
  readonly paceOf: (subject: string) => number | undefined
}

const engines = ['timely', 'dstream'] as const
type EngineName = (typeof engines)[number]

/** Trials that `measureOverloadMemory` will run. */
export function overloadTrials(rows: readonly BenchRow[]): number {
  return rows.filter(({ name }) => name.startsWith('memory-overload')).length
}

/** One trial a row: a peak is bounded or it is not. */
export async function measureOverloadMemory(
  io: Pick<CommandIo, 'signal'>,
  journal: TrialJournal,
  request: MemoryRequest,
  to: Elsewhere,
): Promise<void> {
  for (const engine of engines) {
    for (const kind of ['pushed', 'http'] as const) {
      const name = `memory-overload-${kind}-${engine}`
      if (!request.rows.some((row) => row.name === name)) continue
      io.signal.throwIfAborted()
      const label = `${engine}, ${kind} overload`
      const note = { role: 'control', cell: label, label, repeats: 1 } as const
      const ended =
        kind === 'pushed'
          ? await pushedOverload(journal, engine, note, request)
          : await httpOverload(journal, engine, note, request)
      if (ended === undefined) continue
      to.values.set(`${engine} ${kind} overload resident bytes`, [ended.residentBytes])
      to.notes.set(name, `${formatSize(ended.offeredBytes)} ${ended.what}`)
    }
  }
}

interface Ended {
  readonly residentBytes: number
  readonly offeredBytes: number
  readonly what: string
}

/** Bytes of a synthetic line. */
const LINE_BYTES = 101

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

async function pushedOverload(
  journal: TrialJournal,
  engine: EngineName,
  note: TrialNote,
  request: MemoryRequest,
): Promise<Ended | undefined> {
  const pace = request.paceOf(`${engine} grep pushed`)
  if (pace === undefined) return undefined
  const spec = grepSpec(engine, pace * OVERLOAD, request)
  const { verdict, runResidentBytesMax, recordsAll } = await journal.run(spec, note, 1)
  if (verdict !== 'valid' || runResidentBytesMax === undefined) return undefined
  const offeredBytes = recordsAll * LINE_BYTES
  return { residentBytes: runResidentBytesMax, offeredBytes, what: `in ${OVERLOAD} × overload` }
}

async function httpOverload(
  journal: TrialJournal,
  engine: EngineName,
  note: TrialNote,
  request: MemoryRequest,
): Promise<Ended | undefined> {
  const flood = await startFlood()
  try {
    const spec: TrialSpec = {
      ...grepSpec(engine, 0, request),
      ingest: 'log',
      rate: 0,
      warmup: 0,
      input: { kind: 'file', live: { kind: 'http', url: flood.url } },
    }
    const { verdict, runResidentBytesMax, recordsAll } = await journal.run(spec, note, 1)
    if (verdict !== 'valid' || runResidentBytesMax === undefined) return undefined
    const offeredBytes = recordsAll * LINE_BYTES
    return { residentBytes: runResidentBytesMax, offeredBytes, what: 'through the socket' }
  } finally {
    await flood.stop()
  }
}

/** One trial of one minute and one of ten, for each engine; 22 minutes. */
export async function measureFlatMemory(
  journal: TrialJournal,
  { scale, seed, rows }: Pick<MemoryRequest, 'scale' | 'seed' | 'rows'>,
  to: Elsewhere,
): Promise<void> {
  for (const engine of engines) {
    if (!rows.some(({ name }) => name === `memory-flat-${engine}`)) continue
    for (const minutes of [1, 10]) {
      const spec: TrialSpec = {
        ...specOfSubject(subjectNamed(engine), { rate: FLAT_RATE, scale, seed }),
        // The supervisor keeps every commit for the oracle, in 44 bytes: at this tick 2 MiB of them in ten minutes.
        tick: milliseconds(100),
        // Nobody dies here, and within eleven minutes a busy machine may stand still for longer than a second.
        detector: { ...TRIAL_DEFAULTS.detector, timeout: seconds(10) },
        measured: seconds(60 * minutes),
      }
      const label = `${minutes} min, ${engine}`
      const note = { role: 'control', cell: label, label, repeats: 1 } as const
      const { verdict, runResidentBytesMax } = await journal.run(spec, note, 4)
      if (verdict !== 'valid' || runResidentBytesMax === undefined) continue
      const name = `${engine} resident bytes of ${minutes} minute${minutes > 1 ? 's' : ''}`
      to.values.set(name, [runResidentBytesMax])
    }
  }
}
