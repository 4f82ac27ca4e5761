/**
 * `npm start -- bench`: how fast, as ratios within one run, with the side conditions under which they count.
 *
 * Every number is a median over rounds of what was measured next to each other in a round, each trial in a fresh process. The
 * run's folder holds all trials, the tables as text, and rows and conditions as data.
 */
import { RunWriter } from '../../results/writer.ts'
import type { ExitStatus } from '../cli/exit-status.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import type { Conditions } from '../runner/conditions.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { median } from '../statistics/quantiles.ts'
import { conditionsTable } from './conditions.ts'
import { addMainJob, addValidate, type Elsewhere } from './earlier-runs.ts'
import { faultTrials, measureFaultRows } from './fault-rows.ts'
import { flatTrials, measureFlatMemory } from './flat-memory.ts'
import { graphTrials, measureGraphs } from './graph-rows.ts'
import { type Group, groups, valueInRound } from './groups.ts'
import { judgeRows, notMeasured, type RowResult } from './judge.ts'
import { BenchMeasurement } from './measure.ts'
import { ALL } from './measured-by.ts'
import { measureOverloadMemory, overloadTrials } from './memory-rows.ts'
import { benchTable } from './report.ts'
import { type BenchRow, benchRows } from './rows.ts'
import { measureSimulatedScale } from './simulated-scale.ts'
import {
  type BenchScale,
  fullScale,
  LATENCY_WARMUP,
  OVERLOAD,
  subjectOfMeasure,
} from './subjects.ts'

export interface BenchOptions {
  /** Names of rows; all if not given. */
  readonly rows?: readonly string[]
  /** Rounds; at least 5 for numbers that are to be believed. Default 5. */
  readonly repeats?: number
  /** Memory over 10 minutes, too. */
  readonly long?: boolean
  readonly seed?: number
  readonly scale?: BenchScale
}

/**
 * Exit status: 1 when a row fails or a run is wrong, 2 when one is not known or not measured: then the end of the table names the
 * command that does.
 */
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
    const request = { rows, repeats, seed, scale, long, commit: environment.commit }
    const { results, conditions } = await measureRows(io, journal, request)
    journal.end()
    const text = [
      `Ratios within a round, of neighbours; medians of ${repeats} rounds, 95 % bootstrap intervals over rounds.`,
      `Throughput: pace while about ${OVERLOAD} × as much is offered (column offered), output confirmed by the oracle.`,
      benchTable(results),
      ...(conditions.size > 0 ? ['', conditionsTable(conditions)] : []),
      ...notMeasuredLines(results),
    ].join('\n')
    for (const doubt of journal.doubtsAboutRepeats) writer.warn(doubt)
    writer.addFile('table.txt', `${text}\n`)
    writer.addFile('rows.json', `${JSON.stringify(results, infiniteInWords, 1)}\n`)
    writer.addFile('conditions.json', `${JSON.stringify([...conditions], null, 1)}\n`)
    io.print(text)
    const folder = writer.complete(io.now())
    io.print(`run: ${shownPath(folder)}`)
    return statusOf(results, journal)
  } catch (error) {
    journal.end()
    keepMeasured(writer, error, io)
    throw error
  }
}

/** What JSON has no number for. */
function infiniteInWords(_: string, value: unknown): unknown {
  const isInfinite = typeof value === 'number' && Math.abs(value) === Number.POSITIVE_INFINITY
  return isInfinite ? String(value) : value
}

interface RowsRequest {
  readonly rows: readonly BenchRow[]
  readonly repeats: number
  readonly seed: number
  readonly scale: BenchScale
  readonly long: boolean
  readonly commit: string | null
}

async function measureRows(
  io: CommandIo,
  journal: TrialJournal,
  request: RowsRequest,
): Promise<{
  readonly results: readonly RowResult[]
  readonly conditions: ReadonlyMap<string, Conditions>
}> {
  const { rows, repeats, seed, scale, long, commit } = request
  const has = (name: string): boolean => rows.some((row) => row.name === name)
  const measurement = new BenchMeasurement(io, journal, { scale, seed, repeats })
  const held = heldSubjects(rows)
  const later =
    held.length +
    overloadTrials(rows) +
    (long ? flatTrials(rows) : 0) +
    graphTrials({ rows, repeats }) +
    faultTrials({ rows, repeats, seed, long })
  await measurement.run(groupsOf(rows), later)
  await measurement.hold(held)
  const elsewhere: Elsewhere = { values: new Map(), notes: new Map() }
  const paceOf = (subject: string): number | undefined => measurement.paceOf(subject)
  await measureOverloadMemory(io, journal, { rows, scale, seed, paceOf }, elsewhere)
  if (long) await measureFlatMemory(io, journal, { rows, seed }, elsewhere)
  else {
    for (const { name } of rows) {
      if (name.startsWith('memory-flat')) elsewhere.notes.set(name, 'only with --long')
    }
  }
  await measureGraphs(io, journal, { rows, repeats, scale, seed }, elsewhere)
  await measureFaultRows(io, journal, { rows, repeats, seed, long }, elsewhere)
  await measureSimulatedScale(io, journal, { rows, seed }, elsewhere)
  if (has('memory')) addMainJob(io.results, commit, elsewhere)
  addValidate(io.results, commit, validateLimits(rows), elsewhere)
  addNotes(measurement, elsewhere)
  const results = judgeRows(
    rows,
    { rounds: measurement.rounds, elsewhere, repeats, seed },
    benchRows,
  )
  return { results, conditions: measurement.conditions }
}

/** The groups behind the rows, and behind the rows that these stand on; rows that need others' paces bring those. */
export function groupsOf(rows: readonly BenchRow[]): readonly Group[] {
  const needed = new Set<string>()
  for (const row of rows) {
    const ground = benchRows.find(({ name }) => name === row.standsOn)
    for (const one of [row.group, ground?.group]) if (one !== undefined) needed.add(one)
    if (row.name.startsWith('memory-overload-pushed')) needed.add('grep-pushed')
  }
  return groups.filter(({ name }) => needed.has(name))
}

/** Whose latency below its pace stands in the table of conditions: the engines of the first part. */
function heldSubjects(rows: readonly BenchRow[]): readonly string[] {
  const names = rows
    .filter(({ part, group }) => part === 'how fast' && group !== undefined)
    .map(({ numerator }) => subjectOfMeasure(numerator))
    .filter(({ kind }) => kind === 'overload')
    .map(({ name }) => name)
  return [...new Set(names)]
}

function validateLimits(rows: readonly BenchRow[]): ReadonlyMap<string, number> {
  return new Map(
    rows.flatMap(({ name, reach }) =>
      name.startsWith('validate-') && reach ? [[name.slice('validate-'.length), reach.value]] : [],
    ),
  )
}

/** What a number means that its row cannot say before it was measured. */
function addNotes(measurement: BenchMeasurement, { notes }: Elsewhere): void {
  for (const { name, numerator } of benchRows.filter(({ group }) => group === 'latency')) {
    const subject = subjectOfMeasure(numerator)
    const rate = measurement.loadOf(subject.name)
    if (rate === undefined) continue
    const whole = subject.ofHeld ? `what \`${subject.of}\` holds` : `\`${subject.of}\``
    notes.set(
      name,
      `at ${formatRate(rate)}, half of ${whole}, after ${formatDuration(LATENCY_WARMUP)}`,
    )
  }
  const rounds = measurement.rounds.get('real-text') ?? []
  const records = rounds.flatMap(
    (visits) =>
      valueInRound(
        visits,
        { subject: 'timely real text', measure: 'timely real text' },
        { subject: 'timely beside', measure: 'timely beside' },
      ) ?? [],
  )
  if (records.length > 0) {
    notes.set('real-text', `${median(records.map(({ value }) => value)).toFixed(2)}× by records`)
  }
}

function notMeasuredLines(results: readonly RowResult[]): readonly string[] {
  const missing = notMeasured(results)
  if (missing.size === 0) return []
  const lines = [...missing].map(([command, names]) => `  ${command}: ${names.join(', ')}`)
  return ['', 'Not measured, and the command that measures it:', ...lines, `All in one: ${ALL}`]
}

function statusOf(results: readonly RowResult[], journal: TrialJournal): ExitStatus {
  const states = new Set(results.map(({ state }) => state))
  if (states.has('fail') || journal.rows.some(({ verdict }) => verdict === 'invalid')) return 1
  const unknown = ['no valid trial', 'invalid baseline', 'too few', 'not measured'] as const
  return unknown.some((state) => states.has(state)) ? 2 : 0
}
