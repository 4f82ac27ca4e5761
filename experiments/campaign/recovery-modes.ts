/**
 * The engines and recovery modes that a campaign draws, in one place. Those of the timely engine are what the command line offers, so
 * that a new one joins by itself; an option of the D-Stream engine that changes what it does when something fails is a row here.
 */
import type { ConfigChanges } from '../../engines/core/conformance/scenario.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { DStreamOptions } from '../../engines/core/run-config.ts'
import { RECOVERIES } from '../cli/trial-defaults.ts'

/** What runs a trial. */
export interface Setup {
  readonly engine: EngineName
  readonly mode: string
}

const DSTREAM_MODES: Readonly<Record<string, Partial<DStreamOptions>>> = {
  lineage: {},
  // The papers' factor.
  speculation: { speculation: 1.4 },
}

export const SETUPS: readonly Setup[] = [
  ...RECOVERIES.map((mode): Setup => ({ engine: 'timely', mode })),
  ...Object.keys(DSTREAM_MODES).map((mode): Setup => ({ engine: 'dstream', mode })),
]

/** By engine. That of the timely engine refuses no plan and no cut, and takes the place of what does; the other one no cut. */
export const PLAIN_SETUPS: Readonly<Record<EngineName, Setup>> = {
  timely: { engine: 'timely', mode: 'checkpoint' },
  dstream: { engine: 'dstream', mode: 'lineage' },
}

export function configOfSetup({ engine, mode }: Setup): Pick<ConfigChanges, 'timely' | 'dstream'> {
  if (engine === 'dstream') return { dstream: DSTREAM_MODES[mode]! }
  return { timely: { recovery: RECOVERIES.find((each) => each === mode)! } }
}

/** Whether a run goes on when a worker is lost. */
export function survives({ engine, mode }: Setup): boolean {
  return engine === 'dstream' || mode !== 'none'
}

/** How often it runs the whole dataflow, each on as many workers: one that is whole is enough. */
export function replicasOf({ mode }: Setup): number {
  return mode === 'active-standby' ? 2 : 1
}
