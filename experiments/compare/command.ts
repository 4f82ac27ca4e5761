/**
 * The main job: `npm start`, or `npm start -- compare`. Both engines on four workloads over real text, in three minutes.
 *
 * Baselines first, since they say where to look; then the schedule's trials, each in a fresh process and a row as soon as
 * it has ended; then tables, figures and the path of the run. An interruption keeps what was measured, marked incomplete.
 */
import { relative } from 'node:path'
import { renderRun } from '../../notebooks/render.ts'
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { formatRate } from '../cli/options.ts'
import { type CommandIo, checkout } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { doubtsAboutRepeats } from '../runner/warnings.ts'
import {
  engines as allEngines,
  type CompareCase,
  type CompareScale,
  compareCases,
  type EngineName,
  LATENCY_BOUND,
  PARTITIONS,
  quickScale,
  specOf,
  WORKERS,
} from './cases.ts'
import { compareClaims } from './claims.ts'
import {
  type CaseBaseline,
  claimLines,
  latencyTable,
  type Report,
  rowsForClaims,
  throughputTable,
  verdictOf,
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

/** Exit status: of the verdicts of the cells. Rejects with the signal's reason after an interruption was recorded. */
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
  const journal = new TrialJournal(io, writer, startMs)
  let folder: string
  let status: ExitStatus
  try {
    const baselines = await measureBaselines(cases, scale, io, journal)
    const schedule = new Schedule(
      {
        cases,
        engines,
        budgetMs: scale.budgetMs,
        guess: (compareCase) => {
          const baseline = baselines.get(compareCase)?.kernelLoop
          // A window costs an engine more than a loop: its panes cross workers.
          const share = compareCase.windowed ? scale.guessShare / 2 : scale.guessShare
          return baseline ? baseline * share : scale.guessRate
        },
      },
      {
        elapsedMs: () => io.elapsedMs() - startMs,
        run: ({ cell, purpose, rate, shortened, total }) => {
          const { compareCase, engine } = cell
          return journal.run(
            specOf({ compareCase, engine, purpose, rate, shortened, seed }, scale),
            {
              role: purpose,
              cell: `${compareCase.name} ${engine}`,
              label: `${compareCase.label}, ${engine}, ${purpose} at ${formatRate(rate)}`,
              repeats: 1,
              boundNs: LATENCY_BOUND,
              baseline: baselines.get(compareCase)?.kernelLoop,
              sustained: (outcome) => whyNotSustained(outcome, LATENCY_BOUND, rate) === '',
            },
            total,
          )
        },
      },
    )
    const { cells, leftOut } = await schedule.run()
    for (const what of leftOut) writer.warn(`Left out: ${what}.`)
    for (const rows of Map.groupBy(
      journal.rows.filter(({ role }) => role === 'maximum'),
      (row) => `${row.engine} ${row.workload} ${row.workload_parameters}`,
    ).values()) {
      for (const doubt of doubtsAboutRepeats(rows)) writer.warn(doubt)
    }
    journal.end()
    const report: Report = {
      cells,
      baselines,
      tickOf: ({ compareCase, engine }, load) =>
        specOf(
          {
            compareCase,
            engine,
            purpose: load === 'maximum' ? 'maximum' : 'half-load',
            rate: 1,
            shortened: false,
            seed,
          },
          scale,
        ).tick,
    }
    const text = [
      'Highest rate sustained with p99 ≤ 1 s (quick: n is the number of trials of the search and its confirmation)',
      throughputTable(report),
      '',
      'Latency of a record, visible minus due (quick: one trial a row; windows show a record at the next slide of 500 ms)',
      latencyTable(report),
      '',
      'Claims',
      ...claimLines(compareClaims, rowsForClaims(journal.rows, cells)),
      ...(leftOut.length > 0 ? ['', 'Left out for want of time', ...leftOut] : []),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    status = exitStatusOf(cells.map(verdictOf))
  } catch (error) {
    journal.end()
    const because = error instanceof Error ? error.message : String(error)
    const kept = writer.interrupt(because, io.now())
    if (io.signal.aborted) {
      io.print(`Interrupted. What was measured is kept, marked incomplete: ${shown(kept)}`)
    }
    throw error
  }
  if (figures) {
    journal.says('drawing figures …')
    const pictures = await renderRun(folder)
    journal.end()
    for (const picture of pictures) io.print(`figure: ${shown(picture)}`)
  }
  io.print(`run: ${shown(folder)}`)
  return status
}

/** As somebody in the checkout would type it; elsewhere as it is. */
function shown(path: string): string {
  const near = relative(checkout, path)
  return near.startsWith('..') ? path : near
}

async function measureBaselines(
  cases: readonly CompareCase[],
  scale: CompareScale,
  io: CommandIo,
  journal: TrialJournal,
): Promise<ReadonlyMap<CompareCase, CaseBaseline>> {
  const baselines = new Map<CompareCase, CaseBaseline>()
  if (scale.baselineMs === 0) return baselines
  for (const compareCase of cases) {
    const { workload, parameters, label } = compareCase
    journal.says(`one thread on ${label} …`)
    io.signal.throwIfAborted()
    const { rates } = await io.baseline({
      workload,
      parameters,
      input: scale.input,
      durationMs: scale.baselineMs,
    })
    // The best plain loop of a case stands for all of them.
    const plain = rates
      .filter(({ kernels }) => kernels === 'plain')
      .sort((a, b) => b.recordsPerSecond - a.recordsPerSecond)[0]
    const kernel = rates.find(({ kernels }) => kernels === 'columns')
    for (const rate of [kernel, plain]) {
      if (rate === undefined) continue
      journal.addBaseline(
        {
          engine: 'single-thread',
          workload,
          workload_parameters: JSON.stringify(parameters),
          world: 'threads',
          workers: 1,
          ingest: 'log',
          kernels: rate.kernels,
          throughput_records_per_s: rate.recordsPerSecond,
          outcome: 'completed',
          verdict: 'valid',
          reasons: rate.loop,
          warnings: 'quick',
        },
        { role: 'baseline', cell: `${compareCase.name} ${rate.kernels}`, label, repeats: 1 },
      )
    }
    baselines.set(compareCase, {
      kernelLoop: kernel?.recordsPerSecond,
      plainLoop: plain && { name: plain.loop, rate: plain.recordsPerSecond },
    })
  }
  return baselines
}
