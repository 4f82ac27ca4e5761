/**
 * How fast the simulation is: 100 nodes of 4 cores, a minute of ticks of a second, at the rates of the D-Streams paper (Figure
 * 7: WordCount 2.3 GB/s, Grep 6 GB/s).
 *
 * D-Stream only, since batches are its own: timely's progress updates go from each worker to all, and a minute of them takes
 * minutes. One process of 4 cores a node: shuffles are between nodes, as in the papers' systems; with a process for each
 * core, pairs of workers would be 16 times as many. The rows' names say so. On a sample: each record that is
 * computed stands for a thousand. Real time of the trial's process, its start and the oracle included.
 */
import { seconds } from '../../engines/core/units.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { shapeOf } from '../runner/simulation-spec.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal } from '../runner/trial-journal.ts'
import { type TrialSpec, verdictOfAll } from '../runner/trial-spec.ts'
import type { Elsewhere } from './earlier-runs.ts'
import type { BenchRow } from './rows.ts'

/** What is simulated, by row; the measure has the row's name. */
export const simulatedScales = [
  { engine: 'dstream', workload: 'word-count', rate: 25_000_000 },
  { engine: 'dstream', workload: 'grep', rate: 64_000_000 },
] as const satisfies readonly Pick<TrialSpec, 'engine' | 'workload' | 'rate'>[]

type SimulatedScale = (typeof simulatedScales)[number]

export const rowOfScale = ({ engine, workload }: SimulatedScale): string =>
  `simulated-scale-${engine}-${workload}`

/** What the rows say beside their numbers. */
const NOTE = 'on a sample of 1 in 1000'
const SCALE = 1_000

export function simulatedScaleSpec(of: SimulatedScale, seed: number): TrialSpec {
  const { workers, partitions, simulation } = shapeOf({
    nodes: 100,
    cores: 4,
    as: 'node-processes',
  })
  return {
    ...of,
    parameters: {},
    input: { kind: 'lines' },
    world: 'simulated',
    workers,
    partitions,
    tick: seconds(1),
    warmup: 0,
    measured: seconds(60),
    seed,
    kernels: 'columns',
    digests: true,
    timely: TRIAL_DEFAULTS.timely,
    dstream: TRIAL_DEFAULTS.dstream,
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults: [],
    simulation: { ...simulation, scale: SCALE },
    grace: seconds(60),
    keepHistory: false,
  }
}

/** Real time of each trial in ns; nothing of one that is not valid. Simulated trials repeat exactly, so one is enough. */
export async function measureSimulatedScale(
  io: Pick<CommandIo, 'elapsedMs'>,
  journal: TrialJournal,
  { rows, seed }: { readonly rows: readonly BenchRow[]; readonly seed: number },
  to: Elsewhere,
): Promise<void> {
  for (const of of simulatedScales) {
    const name = rowOfScale(of)
    if (!rows.some((row) => row.name === name)) continue
    const label = `simulated ${of.engine} ${of.workload}, 100 nodes × 4 cores`
    const note = { role: 'control', cell: label, label, repeats: 1 } as const
    const startMs = io.elapsedMs()
    const outcome = await journal.run(simulatedScaleSpec(of, seed), note, 1)
    if (verdictOfAll(outcome) !== 'valid') continue
    to.values.set(name, [(io.elapsedMs() - startMs) * 1e6])
    to.notes.set(name, NOTE)
  }
}
