/** `--fault`, `--faults` and `--racks`: a fault plan as it is given, and what it is in a trial. */
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import { readFaultFile } from '../../engines/core/faults/fault-file.ts'
import { readFault } from '../../engines/core/faults/fault-line.ts'
import type { FaultSpec, Role } from '../../engines/core/faults/fault-spec.ts'
import { resolveFaults } from '../../engines/core/faults/resolve.ts'
import { tickLogOf } from '../../engines/core/input/tick-log.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import { engineOf } from '../../engines/index.ts'
import { configOf } from '../runner/trial.ts'
import { takesCheckpoints } from '../runner/trial-rows.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { parseCount } from './options.ts'
import { RANGES } from './trial-defaults.ts'
import type { TrialFlags } from './trial-flags.ts'

export interface GivenFaults {
  readonly specs: readonly FaultSpec[]
  readonly racks?: number
}

/** Errors: `ConfigurationError` for lines and files that are no plan, and for racks that nobody asked for. */
export function faultsGiven({ fault = [], faults, racks, nodes }: TrialFlags): GivenFaults {
  const specs = [
    ...fault.map((line) => readFault(line, `--fault '${line}'`)),
    ...(faults === undefined ? [] : readFaultFile(readText(faults), `--faults ${faults}`)),
  ]
  if (racks === undefined) return { specs }
  const asked = `--racks ${racks}`
  if (nodes === undefined) {
    throw new ConfigurationError({
      asked,
      found: 'no nodes',
      rule: 'Nodes are spread over racks, one after the other',
      remedy: 'Give --nodes, too',
    })
  }
  const count = parseCount('racks', racks, {
    min: 1,
    max: parseCount('nodes', nodes, RANGES.workersSimulated),
    because: 'a rack has a node',
  })
  if (specs.some(({ whom }) => rolesOf(whom).some(({ role }) => role === 'rack'))) {
    return { specs, racks: count }
  }
  throw new ConfigurationError({
    asked,
    found: 'no fault of a rack',
    rule: 'Racks are what faults hit, and nothing else',
    remedy: "Add --fault 'kill rack 0 at 5s', or drop it",
  })
}

function rolesOf(whom: FaultSpec['whom']): readonly Role[] {
  if (whom.on === 'storage') return []
  return whom.on === 'processes' ? whom.roles : [...whom.from, ...whom.to]
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(
      {
        asked: `--faults ${path}`,
        found: `it cannot be read (${cause instanceof Error ? cause.message : cause})`,
        rule: 'A fault plan is a JSON file, a list of lines and objects',
        remedy: 'Check the path, or give each fault by --fault',
      },
      {},
      cause,
    )
  }
}

/** The plan of a trial that would start without it. Errors: those of `resolveFaults`. */
export async function faultsOf(given: GivenFaults, spec: TrialSpec): Promise<FaultPlan> {
  if (given.specs.length === 0) return []
  const config = configOf(spec)
  const { engine, workers, replacement, seed, input } = config
  const dataflow = buildDataflow(await loadPlan(config.plan))
  // What arrives ends when it ends, a bounded run with its answer.
  const isEndKnown = spec.input.live === undefined && !spec.bounded
  return resolveFaults(given.specs, {
    engine,
    world: spec.world,
    workers,
    engineProcesses: (await engineOf(engine)).processes(config),
    ingest: config.ingest ?? 'log',
    replacement,
    hasCheckpoints: takesCheckpoints(config),
    ticks: tickLogOf(config, dataflow),
    start: clockStart(input),
    ...(isEndKnown ? { end: input.duration } : {}),
    deadline: input.duration + spec.grace,
    ...(given.racks === undefined ? {} : { racks: given.racks }),
    seed,
  })
}
