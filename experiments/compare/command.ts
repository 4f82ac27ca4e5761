/**
 * The main job: `npm start`, or `npm start -- compare`. Both engines on four workloads over real text, in three minutes; with
 * `--full` for as long as numbers take that may be published.
 *
 * Baselines first, since they say where to look; then the schedule's trials, each in a fresh process and a row as soon as
 * it has ended; one thread by kernels once more, since the machine drifts; then tables, figures and the path of the run. An interruption keeps what was measured, marked incomplete.
 */
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { formatRate } from '../cli/options.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { LAUNCHERS_FILE } from '../runner/launchers.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import {
  engines as allEngines,
  type CompareCase,
  type CompareScale,
  compareCases,
  type EngineName,
  LATENCY_BOUND,
  PARTITIONS,
  type Purpose,
  quickScale,
  type Repeats,
  specOf,
  WORKERS,
} from './cases.ts'
import { overtakenText, tookMore } from './checkpoints.ts'
import { compareClaims } from './claims.ts'
import { conclusions } from './conclusions.ts'
import { expectedLength } from './duration.ts'
import { threadRate } from './judging.ts'
import { killLines, notSeenBack, repeatedKills } from './kills.ts'
import { crashLines, unconfirmedLines } from './lost-trials.ts'
import { latencyNotes, throughputNotes, windowsNote } from './notes.ts'
import {
  type CaseBaseline,
  claimLines,
  conditionsLines,
  latencyTable,
  memoryLine,
  oneThread,
  type Report,
  throughputTable,
  verdictOf,
  wrapped,
} from './report.ts'
import { Schedule } from './schedule.ts'

export interface CompareOptions {
  /** Names of cases; all if not given. */
  readonly cases?: readonly string[]
  readonly engines?: readonly EngineName[]
  readonly seed?: number
  readonly scale?: CompareScale
  /** Draw figures. Default true. */
  readonly figures?: boolean
}

/**
 * What the table says of all trials is counted, where there is state to be saved; what did not complete is not compared. A kill has
 * fewer checkpoints around it. Those that had their instant before the measured interval may have become durable before it.
 */
function lacksCheckpoint(
  spec: TrialSpec,
  { checkpoints }: CompareScale,
  { outcome, counters }: TrialOutcome,
): boolean {
  const wanted =
    checkpoints === undefined || spec.faults.length > 0
      ? 1
      : checkpoints.least + Math.floor(spec.warmup / checkpoints.interval)
  const durable = counters.checkpointsDurable ?? 0
  return outcome === 'completed' && spec.workload !== 'grep' && durable < wanted
}

/** Of trials that lack checkpoints. */
function unprotectedText(trials: readonly string[], { checkpoints }: CompareScale): string {
  const what =
    checkpoints === undefined
      ? "No checkpoint became durable in the run, so a lost worker's state could not have been restored"
      : `Fewer than ${checkpoints.least} checkpoints became durable while they were measured, so their price is not all in it`
  return `${what}: ${trials.join('; ')}.`
}

/** Trials of a purpose that are alike; a search's are not. */
function repeatsOf(purpose: Purpose, { loads, kills }: Repeats): number {
  if (purpose === 'recovery') return kills
  return purpose === 'half-load' || purpose === 'common-rate' ? loads : 1
}

/** Time of one thread by kernels alone, of that of all loops. */
const AGAIN_SHARE = 0.55

/** Exit status: of the verdicts of the cells; 2 where a trial ended with an error. Rejects with the signal's reason after an interruption was recorded. */
export async function compareCommand(options: CompareOptions, io: CommandIo): Promise<ExitStatus> {
  const { seed = 1, scale = quickScale, engines = allEngines, figures = true } = options
  const cases = compareCases.filter(({ name }) => options.cases?.includes(name) ?? true)
  const startMs = io.elapsedMs()
  const environment = io.environment()
  const writer = new RunWriter(io.results, {
    experiment: 'compare',
    command: io.command,
    seed,
    parameters: {
      cases: cases.map(({ name }) => name),
      engines,
      workers: WORKERS,
      partitions: PARTITIONS,
      latencyBoundNs: LATENCY_BOUND,
      scale,
    },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs, scale.budgetMs)
  if (scale.budgetMs === undefined) {
    const { trials, ms } = expectedLength(cases, engines, scale)
    io.print(
      `About ${(ms / 3_600_000).toFixed(1)} hours for about ${trials} trials. Whoever interrupts it keeps what was measured.`,
    )
  }
  let folder: string
  let status: ExitStatus
  try {
    const baselines: Map<CompareCase, CaseBaseline> = new Map()
    const beforeMs = io.elapsedMs()
    await measureBaselines(cases, baselines, scale, io, journal)
    const baselineMs = io.elapsedMs() - beforeMs
    const unprotected: string[] = []
    const overtaken: string[] = []
    const schedule = new Schedule(
      {
        cases,
        engines,
        repeats: scale.repeats,
        tolerance: scale.tolerance,
        budgetMs: (scale.budgetMs ?? Number.POSITIVE_INFINITY) - AGAIN_SHARE * baselineMs,
        guess: (compareCase, engine) => {
          const baseline = oneThread(baselines.get(compareCase))
          return baseline ? baseline * compareCase.guessShares[engine] : scale.guessRate
        },
        thread: (compareCase) => threadRate(baselines.get(compareCase)?.kernelLoop ?? []),
      },
      {
        elapsedMs: () => io.elapsedMs() - startMs,
        run: async ({ cell, purpose, rate, tick, shortened, repeat, total }) => {
          const { compareCase, engine } = cell
          const label = `${compareCase.label}, ${engine}, ${purpose} at ${formatRate(rate)}`
          // Repeats differ, and those of both engines alike.
          const ask = { compareCase, engine, purpose, rate, tick, shortened, seed: seed + repeat }
          const spec = specOf(ask, scale)
          const outcome = await journal.run(
            spec,
            {
              role: purpose === 'recovery' ? 'fault' : purpose,
              cell: `${compareCase.name} ${engine}`,
              label,
              repeats: repeatsOf(purpose, scale.repeats),
              boundNs: LATENCY_BOUND,
              baseline: oneThread(baselines.get(compareCase)),
              // Of a trial in which a worker dies, that is not asked.
              ...(purpose === 'recovery'
                ? {}
                : {
                    whyNotSustained: (ended: TrialOutcome) =>
                      whyNotSustained(ended, LATENCY_BOUND, rate),
                  }),
            },
            total,
          )
          if (lacksCheckpoint(spec, scale, outcome)) unprotected.push(label)
          if (tookMore(spec, outcome)) overtaken.push(label)
          return outcome
        },
      },
    )
    const { cells, leftOut, shortened, unsettled } = await schedule.run()
    await measureBaselines(cases, baselines, scale, io, journal)
    const shortcomings = [
      ...(cases.some(({ windowed }) => windowed) ? [windowsNote(scale)] : []),
      ...unsettled.map((what) => `Not settled: ${what}.`),
      ...cells.flatMap((cell) => notSeenBack(cell, scale)),
      ...(leftOut.length > 0 ? [`Left out for want of time: ${leftOut.join('; ')}.`] : []),
      ...(unprotected.length > 0 ? [unprotectedText(unprotected, scale)] : []),
      ...(overtaken.length > 0 ? [overtakenText(overtaken)] : []),
      ...(shortened.length > 0 ? [`Shortened for want of time: ${shortened.join('; ')}.`] : []),
    ]
    for (const what of shortcomings) writer.warn(what)
    journal.end()
    const report: Report = {
      cells,
      baselines,
      repeats: scale.repeats,
      specOf: ({ compareCase, engine }, rate) =>
        specOf({ compareCase, engine, purpose: 'maximum', rate, shortened: false, seed }, scale),
    }
    const launched = io.launchers()
    const text = [
      ...throughputNotes(scale),
      throughputTable(report),
      ...[...unconfirmedLines(cells), ...crashLines(cells)].flatMap((line) => wrapped(line)),
      ...killLines(cells, scale),
      ...cells.flatMap(repeatedKills).flatMap((line) => wrapped(line)),
      ...conditionsLines(report),
      '',
      ...latencyNotes(scale),
      latencyTable(report),
      '',
      'What to conclude',
      ...conclusions(journal.rows).flatMap((line) => wrapped(line)),
      '',
      'Claims',
      ...claimLines(compareClaims, journal.rows),
      ...(shortcomings.length > 0 ? ['', 'What this run does not tell'] : []),
      ...shortcomings.flatMap((line) => wrapped(line)),
      '',
      memoryLine(journal.rows, io.residentBytesMax(), launched),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    writer.addFile(LAUNCHERS_FILE, `${JSON.stringify(launched ?? null)}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    status = exitStatusOf([
      ...cells.map(verdictOf),
      ...journal.rows.filter(({ role }) => role === 'baseline').map(({ verdict }) => verdict),
      // Whatever came of the cell: an engine that ends with an error is one to be mended.
      ...journal.rows.flatMap(({ outcome }) => (outcome === 'failed' ? ['unknown' as const] : [])),
    ])
  } catch (error) {
    journal.end()
    keepMeasured(writer, error, io)
    throw error
  }
  if (figures) {
    journal.says('drawing figures …')
    // Only now: what draws takes 20 MiB, and trials are measured with the process that starts them.
    const { renderRun } = await import('../../notebooks/render.ts')
    const pictures = await renderRun(folder)
    journal.end()
    for (const picture of pictures) io.print(`figure: ${shownPath(picture)}`)
  }
  io.print(`run: ${shownPath(folder)}`)
  return status
}

/** Measures one thread on every case: all loops the first time, those by kernels after the trials. */
async function measureBaselines(
  cases: readonly CompareCase[],
  baselines: Map<CompareCase, CaseBaseline>,
  scale: CompareScale,
  io: CommandIo,
  journal: TrialJournal,
): Promise<void> {
  if (scale.baselineMs === 0) return
  for (const compareCase of cases) {
    const { workload, parameters, label } = compareCase
    const first = baselines.get(compareCase)
    journal.says(`one thread on ${label} …`)
    io.signal.throwIfAborted()
    const { rates, residentBytesMax, stolenShare } = await io.baseline({
      workload,
      parameters,
      input: scale.input,
      kernelsOnly: first !== undefined,
      durationMs: scale.baselineMs,
    })
    const right = rates.filter(({ wrong }) => wrong === '')
    // The best plain loop of a case stands for all of them.
    const plain = right
      .filter(({ kernels }) => kernels === 'plain')
      .sort((a, b) => b.recordsPerSecond - a.recordsPerSecond)[0]
    const kernel = right.find(({ kernels }) => kernels === 'columns')
    for (const rate of rates) {
      if (rate.wrong === '' && rate !== kernel && rate !== plain) continue
      journal.addBaseline(
        workload,
        rate,
        {
          role: 'baseline',
          cell: `${compareCase.name} ${rate.kernels}`,
          label,
          repeats: rate.kernels === 'columns' ? 2 : 1,
        },
        {
          workload_parameters: JSON.stringify(parameters),
          warnings: 'quick',
          resident_bytes_max: residentBytesMax,
          stolen_share: stolenShare,
        },
      )
    }
    baselines.set(compareCase, {
      kernelLoop: [...(first?.kernelLoop ?? []), ...(kernel ? [kernel.recordsPerSecond] : [])],
      plainLoop: first?.plainLoop ?? (plain && { name: plain.loop, rate: plain.recordsPerSecond }),
    })
  }
}
