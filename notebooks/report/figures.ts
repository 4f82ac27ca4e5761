/** Which figures a run's experiment has. A figure whose rows a run lacks is left out; a new experiment adds its line here. */
import type { Run } from '../../results/reader.ts'
import { aroundFaultFigure } from './around-fault-figure.ts'
import type { Figure } from './figure.ts'
import { latencyFigure } from './latency-figure.ts'
import { overviewFigure } from './overview-figure.ts'
import { priceFigure } from './price-figure.ts'
import { throughputFigure } from './throughput-figure.ts'
import { ticksFigure } from './ticks-figure.ts'

/** Measured and simulated rows never share a figure. */
export function figuresOf(run: Run): readonly Figure[] {
  return (['threads', 'simulated'] as const)
    .flatMap((world) => figuresIn(run, world))
    .filter((figure) => figure !== null)
}

/** What is drawn around faults, or by tick, is theirs alone. */
function figuresIn(run: Run, world: 'threads' | 'simulated'): readonly (Figure | null)[] {
  const { manifest, trials, latency } = run
  if (manifest.experiment === 'ticks') return [ticksFigure(run, world)]
  const own = [aroundFaultFigure(run, world), priceFigure(run, world)]
  if (own.some((figure) => figure !== null)) return own
  return [
    overviewFigure(run, world),
    throughputFigure(manifest, trials, world),
    latencyFigure(manifest, trials, latency, world),
  ]
}
