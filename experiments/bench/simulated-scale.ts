/**
 * How fast the simulation is: 100 nodes of 4 cores, a minute of batches of a second, at the rate of the D-Streams paper.
 *
 * One process of 4 cores a node: shuffles are between nodes, as in the papers' systems. On a sample: each record that is
 * computed stands for a thousand. Real time of the trial's process, its start and the oracle included.
 */
import { seconds } from '../../engines/core/units.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { shapeOf } from '../runner/simulation-spec.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'

/** The measure's name, as in `rows.ts`. */
export const SIMULATED_SCALE = 'simulated scale'

/** What the row says beside its number. */
export const SIMULATED_SCALE_NOTE = 'WordCount at 25 M/s, S = 1000, one process of 4 cores a node'

const RATE = 25_000_000
const SCALE = 1_000

export function simulatedScaleSpec(seed: number): TrialSpec {
  const { workers, partitions, simulation } = shapeOf({
    nodes: 100,
    cores: 4,
    as: 'node-processes',
  })
  return {
    workload: 'word-count',
    parameters: {},
    input: { kind: 'lines' },
    engine: 'dstream',
    world: 'simulated',
    workers,
    partitions,
    tick: seconds(1),
    rate: RATE,
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

/** Real time of the trial in ns; nothing of one that is not valid. Simulated trials repeat exactly, so one is enough. */
export async function measureSimulatedScale(
  io: Pick<CommandIo, 'elapsedMs'>,
  journal: TrialJournal,
  seed: number,
): Promise<number | undefined> {
  const label = 'simulated, 100 nodes × 4 cores'
  const note = { role: 'control', cell: label, label, repeats: 1 } as const
  const startMs = io.elapsedMs()
  const { verdict } = await journal.run(simulatedScaleSpec(seed), note, 1)
  return verdict === 'valid' ? (io.elapsedMs() - startMs) * 1e6 : undefined
}
