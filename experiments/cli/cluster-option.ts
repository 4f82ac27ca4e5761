/**
 * `--nodes`, `--cores` and `--scale`: a simulated cluster by its shape, where `--workers` are processes.
 *
 * A node is one process with so many cores, and has a partition for each (`runner/simulation-spec.ts` says why).
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { shapeOf } from '../runner/simulation-spec.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { parseCount } from './options.ts'
import { RANGES } from './trial-defaults.ts'
import type { TrialFlags } from './trial-flags.ts'

export type ClusterShape = Partial<Pick<TrialSpec, 'workers' | 'partitions' | 'simulation'>>

/** What the options mean for a trial; nothing if none is given. Errors: `ConfigurationError`. */
export function clusterOf(flags: TrialFlags, world: TrialSpec['world']): ClusterShape {
  const { nodes, cores, scale } = flags
  const [given] = Object.entries({ nodes, cores, scale }).filter(([, text]) => text !== undefined)
  if (given === undefined) return {}
  const refuse = (asked: string, found: string, rule: string, remedy: string): never => {
    throw new ConfigurationError({ asked, found, rule, remedy })
  }
  if (world !== 'simulated') {
    const [name, text] = given
    refuse(
      `--${name} ${text}`,
      'threads of this machine',
      'Nodes and scales are simulated',
      'Add --world simulated',
    )
  }
  const factor = scale === undefined ? {} : { scale: parseCount('scale', scale, RANGES.scale) }
  if (nodes === undefined) {
    if (cores !== undefined) {
      refuse(`--cores ${cores}`, 'no nodes', 'Cores are those of a node', 'Give --nodes, too')
    }
    return { simulation: factor }
  }
  for (const [name, text] of Object.entries({
    workers: flags.workers,
    partitions: flags.partitions,
  })) {
    if (text === undefined) continue
    refuse(
      `--${name} ${text} with --nodes`,
      'a shape that says it already',
      'A node is one worker, with a partition for each core',
      `Drop --${name}`,
    )
  }
  const shape = shapeOf({
    nodes: parseCount('nodes', nodes, RANGES.workersSimulated),
    cores: parseCount('cores', cores ?? '1', RANGES.cores),
    as: 'node-processes',
  })
  return { ...shape, simulation: { ...shape.simulation, ...factor } }
}
