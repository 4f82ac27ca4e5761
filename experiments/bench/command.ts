/**
 * `npm start -- bench`: how fast, as ratios within one run, with the side conditions under which they count.
 *
 * Every number is a median of interleaved repeats, each in a fresh process. The run's folder holds all trials, the table as
 * text and the rows with their intervals as data.
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { seconds } from '../../engines/core/units.ts'
import { readRun } from '../../results/reader.ts'
import { RunWriter } from '../../results/writer.ts'
import type { ExitStatus } from '../cli/exit-status.ts'
import { compareCases, quickScale, specOf } from '../compare/cases.ts'
import { type CommandIo, checkout } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { BenchMeasurement, subjectOfMeasure } from './measure.ts'
import { benchTable, judgeRows, type RowResult } from './report.ts'
import { type BenchRow, benchRows } from './rows.ts'
import { measureSimulatedScale, SIMULATED_SCALE, SIMULATED_SCALE_NOTE } from './simulated-scale.ts'
import {
  type BenchScale,
  fullScale,
  hasPushedIngest,
  OVERLOAD,
  type Subject,
  specOfSubject,
  subjects,
} from './subjects.ts'

export interface BenchOptions {
  /** Names of rows; all if not given. */
  readonly rows?: readonly string[]
  /** At least 5 for numbers that are to be believed. Default 5. */
  readonly repeats?: number
  /** Memory over 10 minutes, too. */
  readonly long?: boolean
  readonly seed?: number
  readonly scale?: BenchScale
}

/** Rows without a subject: measured in another way, by another command, or by `--long`. */
const elsewhere = ['memory', 'memory-flat', 'simulated-scale', 'validate']

/** Exit status: 1 when a row fails or a run is wrong, 2 when one has no valid trial. What is not built does not count. */
export async function benchCommand(options: BenchOptions, io: CommandIo): Promise<ExitStatus> {
  const { repeats = 5, seed = 1, scale = fullScale, long = false } = options
  const rows = benchRows.filter(({ name }) => options.rows?.includes(name) ?? true)
  const environment = io.environment()
  const startMs = io.elapsedMs()
  const writer = new RunWriter(io.results, {
    experiment: 'bench',
    command: io.command,
    seed,
    parameters: { rows: rows.map(({ name }) => name), repeats, overload: OVERLOAD, long, scale },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs)
  try {
    const notes = new Map([
      ['memory', 'not here yet'],
      ['validate', 'see: npm start -- validate'],
    ])
    const measurement = new BenchMeasurement(io, journal, { scale, seed, repeats })
    const wanted = subjectsOf(rows, scale, notes)
    await measurement.run(wanted)
    const samples = new Map<string, readonly number[]>(measurement.samples)
    if (rows.some(({ name }) => name === 'memory')) addMainJob(io.results, samples, notes)
    if (long) await addLongRuns(journal, samples, scale, seed)
    else notes.set('memory-flat', 'only with --long')
    if (rows.some(({ name }) => name === 'simulated-scale')) {
      const realNs = await measureSimulatedScale(io, journal, seed)
      if (realNs !== undefined) {
        samples.set(SIMULATED_SCALE, [realNs])
        notes.set('simulated-scale', SIMULATED_SCALE_NOTE)
      }
    }
    journal.end()
    const results = judgeRows(rows, samples, notes, seed)
    const text = [
      `Throughput: pace while ${OVERLOAD} × as much is offered, output confirmed by the oracle; medians of ${repeats}, 95 % bootstrap intervals`,
      benchTable(results),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    writer.addFile('rows.json', `${JSON.stringify(results, null, 1)}\n`)
    io.print(text)
    const folder = writer.complete(io.now())
    const near = relative(checkout, folder)
    io.print(`run: ${near.startsWith('..') ? folder : near}`)
    return statusOf(results, journal)
  } catch (error) {
    journal.end()
    writer.interrupt(error instanceof Error ? error.message : String(error), io.now())
    throw error
  }
}

/** The subjects behind the rows, with those whose pace they build on, in the order of the list. */
export function subjectsOf(
  rows: readonly BenchRow[],
  scale: BenchScale,
  notes: Map<string, string>,
): readonly Subject[] {
  const needed = new Set<string>()
  for (const row of rows) {
    if (elsewhere.includes(row.name)) continue
    const own = [row.numerator, ...(row.denominator ? [row.denominator] : [])].map(subjectOfMeasure)
    if (
      row.name.startsWith('grep-pushed') &&
      !own.every((subject) => !subject.name.includes('pushed') || isPushable(subject, scale))
    ) {
      notes.set(row.name, 'trials have no field `ingest`')
      continue
    }
    for (const { name, of } of own) for (const one of [name, of]) if (one) needed.add(one)
  }
  for (const row of rows) {
    // The ground of a row is measured with it, whether or not it was asked for.
    const ground = benchRows.find(({ name }) => name === row.standsOn)
    if (ground)
      for (const one of [ground.numerator, ground.denominator]) {
        if (one) needed.add(subjectOfMeasure(one).name)
      }
  }
  return subjects.filter(({ name }) => needed.has(name))
}

const isPushable = (subject: Subject, scale: BenchScale): boolean =>
  hasPushedIngest(specOfSubject(subject, 1, scale, 1))

/** The main job's memory is that of its latest complete run: nothing else has its rates. */
function addMainJob(
  results: string,
  samples: Map<string, readonly number[]>,
  notes: Map<string, string>,
): void {
  const latest = join(results, 'compare', 'latest')
  if (!existsSync(latest)) {
    notes.set('memory', 'no complete run of the main job: npm start first')
    return
  }
  const { manifest, trials } = readRun(latest)
  const peaks = trials.flatMap(({ resident_bytes_max: bytes }) => bytes ?? [])
  if (peaks.length === 0) return
  samples.set('main job resident bytes', [Math.max(...peaks)])
  notes.set('memory', `run ${manifest.runId}`)
}

/** Peak memory of ten minutes over that of one: flat if it does not grow with the length of a run. */
async function addLongRuns(
  journal: TrialJournal,
  samples: Map<string, readonly number[]>,
  scale: BenchScale,
  seed: number,
): Promise<void> {
  const compareCase = compareCases.find(({ name }) => name === 'word-count')!
  for (const [minutes, name] of [
    [1, 'resident bytes of 1 minute'],
    [10, 'resident bytes of 10 minutes'],
  ] as const) {
    const peaks: number[] = []
    for (const engine of ['timely', 'dstream'] as const) {
      const ask = { compareCase, engine, purpose: 'maximum', rate: 500_000, seed } as const
      const spec = {
        ...specOf({ ...ask, shortened: false }, { ...quickScale, world: scale.world }),
        measured: seconds(60 * minutes),
      }
      const label = `${minutes} min, ${engine}`
      const note = { role: 'control', cell: label, label, repeats: 1 } as const
      const { outcome, residentBytesMax } = await journal.run(spec, note, 4)
      if (outcome === 'completed') peaks.push(residentBytesMax)
    }
    if (peaks.length > 0) samples.set(name, [Math.max(...peaks)])
  }
}

function statusOf(results: readonly RowResult[], journal: TrialJournal): ExitStatus {
  const states = new Set(results.map(({ state }) => state))
  if (states.has('fail') || journal.rows.some(({ verdict }) => verdict === 'invalid')) return 1
  return states.has('no valid trial') || states.has('invalid baseline') ? 2 : 0
}
