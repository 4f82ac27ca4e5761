/** Which figures a run's experiment has. A figure whose rows a run lacks is left out; a new experiment adds its line here. */
import type { Run } from '../../results/reader.ts'
import type { Figure } from './figure.ts'
import { latencyFigure } from './latency-figure.ts'
import { recoveryFigure } from './recovery-figure.ts'
import { throughputFigure } from './throughput-figure.ts'

/** Measured and simulated rows never share a figure. */
export function figuresOf(run: Run): readonly Figure[] {
  const { manifest, trials, latency } = run
  return (['threads', 'simulated'] as const)
    .flatMap((world) =>
      manifest.experiment === 'recovery'
        ? [recoveryFigure(run, world)]
        : [
            throughputFigure(manifest, trials, world),
            latencyFigure(manifest, trials, latency, world),
          ],
    )
    .filter((figure) => figure !== null)
}
