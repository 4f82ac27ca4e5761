/**
 * The journal of a run: gives each trial its id and number, writes its rows as soon as it has ended, and says so in one
 * line. What goes wrong with a trial is a row too (METHOD 19); only an interruption ends the run.
 */
import type { NewRow, RunWriter } from '../../results/writer.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import type { BaselineRate } from './baseline-trial.ts'
import type { CommandIo } from './command-io.ts'
import { faultRows } from './fault-rows.ts'
import { ProgressLine, progressText } from './progress-line.ts'
import {
  endedTrialRow,
  latencyRows,
  type TrialPlace,
  timelineRows,
  trialRow,
} from './trial-rows.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'
import { doubtsAbout, doubtsAboutRepeats } from './warnings.ts'

export interface TrialNote {
  readonly role: TrialPlace['role']
  /** Names the cell: trials of equal cells are repeats of each other. */
  readonly cell: string
  /** Of an experiment that has several. */
  readonly arm?: string
  /** Shown while it runs and when it has ended. */
  readonly label: string
  readonly repeats: number
  readonly boundNs?: number
  /** Records per second of one thread with the same kernels. */
  readonly baseline?: number | undefined
  /** Whether it kept up; undefined where that was not asked. */
  readonly sustained?: (outcome: TrialOutcome) => boolean
  /** The same, in words: why it did not, empty if it did. */
  readonly whyNotSustained?: (outcome: TrialOutcome) => string
}

/** Columns of a baseline's row that only some experiments fill. */
type BaselineColumns = Pick<
  NewRow<'trials'>,
  'workload_parameters' | 'warnings' | 'resident_bytes_max' | 'stolen_share'
>

type Repeated = Pick<NewRow<'trials'>, 'throughput_records_per_s'>

/** Points of a distribution in latency.csv: more than a curve can show are left out. */
const CURVE_POINTS_MAX = 160

export class TrialJournal {
  readonly #io: CommandIo
  readonly #writer: RunWriter
  readonly #line: ProgressLine
  readonly #cores: number
  readonly #clockResolutionNs: number
  readonly #repeats = new Map<string, number>()
  readonly #rows: NewRow<'trials'>[] = []
  readonly #faults: NewRow<'faults'>[] = []
  /** By cell, of those whose repeats are alike. */
  readonly #repeated = new Map<string, readonly Repeated[]>()
  readonly #startMs: number
  readonly #budgetMs: number | undefined
  #next = 1
  #done = 0

  /** `budgetMs` is that of all trials since `startMs`, if there is one. */
  constructor(io: CommandIo, writer: RunWriter, startMs: number, budgetMs?: number) {
    const { cores, coresLimit, clockResolutionNs } = io.environment()
    this.#io = io
    this.#writer = writer
    this.#line = new ProgressLine(io.progress)
    this.#cores = coresLimit ?? cores
    this.#clockResolutionNs = clockResolutionNs
    this.#startMs = startMs
    this.#budgetMs = budgetMs
  }

  /** Rows of trials.csv so far. */
  get rows(): readonly NewRow<'trials'>[] {
    return this.#rows
  }

  /** Rows of faults.csv so far. */
  get faults(): readonly NewRow<'faults'>[] {
    return this.#faults
  }

  /** Runs a trial. Rejects only when interrupted; a trial that could not be run is a failed outcome. */
  async run(spec: TrialSpec, note: TrialNote, total: number): Promise<TrialOutcome> {
    const place = this.#placeOf(note)
    this.#line.starts(`${this.#position(total)}  ${note.label} …`)
    let outcome: TrialOutcome
    try {
      this.#io.signal.throwIfAborted()
      outcome = await this.#io.trial(spec)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const aborted = this.#io.signal.aborted
      this.#add(endedTrialRow(spec, { outcome: aborted ? 'aborted' : 'failed', reason }, place))
      this.#line.finished(`${note.label}: ${reason.split('\n')[0]}`)
      if (aborted) throw error
      this.#done += 1
      return failedOutcome(reason)
    }
    this.#done += 1
    const row = trialRow(spec, outcome, place, { cores: this.#cores })
    const why = note.whyNotSustained?.(outcome)
    const sustained = why === undefined ? note.sustained?.(outcome) : why === ''
    // Whoever keeps up does as much as is offered: what is above it is the backlog of the warm-up.
    const pace = sustained
      ? Math.min(outcome.processedPerSecond, spec.rate)
      : outcome.processedPerSecond
    const full: NewRow<'trials'> = {
      ...row,
      throughput_records_per_s: pace > 0 ? pace : undefined,
      ingest: row.ingest ?? 'log',
      latency_bound_ns: note.boundNs,
      cost_baseline_records_per_s: note.baseline,
      cost_ratio:
        note.baseline !== undefined && outcome.verdict === 'valid'
          ? pace / note.baseline
          : undefined,
      sustained,
    }
    this.#add({ ...full, warnings: doubtsAbout(full, { cores: this.#cores }).join(' ') })
    this.#repeat(note, full)
    this.#writer.append('latency', thinned(latencyRows(spec, outcome, place)))
    this.#writer.append('timeline', timelineRows(spec, outcome, place))
    const faults = faultRows(spec, outcome, place)
    this.#writer.append('faults', faults)
    this.#faults.push(...faults)

    this.#line.finished(
      `${this.#position(total)}  ${note.label}: ${endText(outcome, sustained, why)}`,
    )
    return outcome
  }

  /** A row that is no trial of an engine: a baseline. */
  addBaseline(
    workload: string,
    { loop, kernels, recordsPerSecond, wrong }: BaselineRate,
    note: TrialNote,
    more: BaselineColumns = {},
  ): void {
    const { trialId, role, repeat, repeats } = this.#placeOf(note)
    this.#repeat(note, { throughput_records_per_s: recordsPerSecond })
    this.#add({
      trial_id: trialId,
      role,
      repeat,
      repeats,
      engine: 'single-thread',
      workload,
      world: 'threads',
      workers: 1,
      ingest: 'log',
      kernels,
      throughput_records_per_s: recordsPerSecond,
      outcome: 'completed',
      verdict: wrong === '' ? 'valid' : 'invalid',
      reasons: wrong === '' ? loop : `${loop}: ${wrong}`,
      coordinator_resident_bytes_max: this.#io.residentBytesMax(),
      ...more,
    })
  }

  /** Of cells that were tried again and again at one load, or under overload. */
  get doubtsAboutRepeats(): readonly string[] {
    return [...this.#repeated].flatMap(([cell, rows]) => doubtsAboutRepeats(cell, rows))
  }

  says(text: string): void {
    this.#line.starts(text)
  }

  end(): void {
    this.#line.end()
  }

  #placeOf(note: TrialNote): TrialPlace {
    const key = `${note.role} ${note.cell}`
    const repeat = (this.#repeats.get(key) ?? 0) + 1
    this.#repeats.set(key, repeat)
    return {
      trialId: `t${String(this.#next++).padStart(3, '0')}`,
      role: note.role,
      arm: note.arm,
      repeat,
      repeats: Math.max(note.repeats, repeat),
      clockResolutionNs: this.#clockResolutionNs,
      coordinatorResidentBytesMax: this.#io.residentBytesMax(),
    }
  }

  /** What a search tries differs because it searches, and a load is what the machine could do just before. */
  #repeat({ role, cell }: TrialNote, row: Repeated): void {
    if (role !== 'probe' && role !== 'baseline') return
    const rows = this.#repeated.get(cell) ?? []
    this.#repeated.set(cell, [...rows, row])
  }

  #add(row: NewRow<'trials'>): void {
    this.#writer.append('trials', [row])
    this.#rows.push(row)
  }

  #position(total: number): string {
    return progressText(
      this.#done,
      Math.max(total, this.#done),
      this.#io.elapsedMs() - this.#startMs,
      this.#budgetMs,
    )
  }
}

/** `held 1.2M/s, p99 340 ms` or why not, for the line of a trial. */
function endText(
  outcome: TrialOutcome,
  sustained: boolean | undefined,
  why: string | undefined,
): string {
  const { processedPerSecond: pace, latency, verdict } = outcome
  const what =
    sustained === undefined
      ? outcome.outcome
      : sustained
        ? 'held'
        : `not held${why && outcome.verdict === 'valid' ? ` (${why})` : ''}`
  return [
    what,
    ...(pace >= 1 ? [`pace ${formatRate(pace)}`] : []),
    ...(latency ? [`p99 ${formatDuration(Number(latency.p99.toPrecision(3)))}`] : []),
    verdict === 'valid'
      ? verdict
      : `${verdict} (${outcome.error ?? outcome.reasons[0] ?? outcome.outcome})`,
  ].join(', ')
}

/** An outcome without measures, for those who decide what comes next. */
function failedOutcome(reason: string): TrialOutcome {
  return {
    outcome: 'failed',
    error: reason,
    verdict: 'unknown',
    reasons: [reason],
    recordsMeasured: 0,
    recordsAll: 0,
    ticksCompleted: 0,
    processedPerSecond: 0,
    rowsCommitted: 0,
    counters: {},
    cpuNs: [],
    cpuNsMeasured: [],
    memoryBytesMax: 0,
    residentBytesMax: 0,
    commitsHash: '',
    oracleMs: 0,
  }
}

/** All named quantiles, and of each curve as many points as can be seen, its ends among them. */
function thinned(rows: readonly NewRow<'latency'>[]): readonly NewRow<'latency'>[] {
  const curves = Map.groupBy(
    rows.filter(({ point }) => point === 'ccdf'),
    (row) => row.latency_of,
  )
  return rows.filter((row) => {
    if (row.point === 'quantile') return true
    const curve = curves.get(row.latency_of)!
    const stride = Math.ceil(curve.length / CURVE_POINTS_MAX)
    const index = curve.indexOf(row)
    return index % stride === 0 || row.above_share < 0.01 || index === curve.length - 1
  })
}
