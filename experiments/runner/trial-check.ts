/**
 * Would this trial start? Asked before a process or a run folder exists, so that a refusal leaves nothing behind.
 *
 * It builds the plan and lowers it as the run will, and adds the rules that join several options.
 */
import { checkScale } from '../../engines/core/cost/scale.ts'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { buildDataflow, checkTick } from '../../engines/core/plan/dataflow-builder.ts'
import { formatDuration } from '../../engines/core/plan/duration.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { isStamped } from '../../engines/core/plan/operator-traits.ts'
import { checkQueries } from '../../engines/core/queries/check-queries.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { checkSavedFolder, savedOutputs } from '../../engines/core/world/threads/saved-folder.ts'
import { engineOf } from '../../engines/index.ts'
import { checkPushed } from './pushed-check.ts'
import { simulationOptions } from './simulation-spec.ts'
import { staticInputsOf } from './static-inputs.ts'
import { configOf } from './trial.ts'
import { PRINTED, type TrialSpec } from './trial-spec.ts'

/** Errors: `ConfigurationError`, `PlanError` or, for static inputs, `InputError` with what keeps it from starting. */
export async function checkTrial(spec: TrialSpec): Promise<void> {
  const config = configOf(spec)
  const plan = await loadPlan(config.plan)
  const dataflow = buildDataflow(plan)
  const engine = await engineOf(spec.engine)
  checkTick(dataflow, spec.tick)
  checkMultiples(spec)
  checkDisorder(spec, dataflow)
  checkStandby(spec)
  engine.check(config, dataflow)
  checkQueries(spec.queries ?? [], config, dataflow)
  if (spec.world === 'simulated') {
    const { scale } = simulationOptions(spec, dataflow)
    if (scale !== undefined) checkScale(dataflow, scale, config.ingest)
  }
  createInputLog(config, { bytes: 0, offsets: 0, records: 1 })
  checkPushed(spec, config, engine.heldInput(config))
  staticInputsOf(spec, plan)
  if (spec.saved !== undefined && spec.saved !== PRINTED) {
    checkSavedFolder(spec.saved, savedOutputs(dataflow, config))
  }
  for (const { period } of dataflow.outputs) {
    if (period === 'tick') continue
    checkReached(spec, period, config.input.duration)
    const history = spec.history?.duration ?? 0
    if (history % period === 0) continue
    throw new ConfigurationError({
      asked: `--history ${formatDuration(history)}`,
      found: `results every ${formatDuration(period)}`,
      rule: 'the clock starts at the end of a period of the plan',
      remedy: `Take a multiple of ${formatDuration(period)}`,
    })
  }
}

/** An option that changes nothing is a mistake. */
function checkDisorder({ disorder, workload }: TrialSpec, { operators }: Dataflow): void {
  if (disorder === undefined || operators.some(isStamped)) return
  throw new ConfigurationError({
    asked: `--disorder ${formatDuration(disorder.bound)}`,
    found: `${workload}, which reads no times`,
    rule: 'Records are due in order: out of order are the times that they carry',
    remedy: 'Drop it, or take a workload by event time, like late-views',
  })
}

/** A file that was printed is removed. */
function checkStandby({ saved, engine, timely }: TrialSpec): void {
  if (saved !== PRINTED || engine !== 'timely' || timely.recovery !== 'active-standby') return
  throw new ConfigurationError({
    asked: '--save - with --recovery active-standby',
    found: 'files that are written by two replicas of the dataflow',
    rule: 'What was printed is removed, and the slower replica would write it again',
    remedy: 'Save to a folder, or use --recovery checkpoint',
  })
}

/** A run without a single result has nothing that could be wrong. */
function checkReached({ measured }: TrialSpec, period: Nanos, length: Nanos): void {
  if (length >= period) return
  throw new ConfigurationError({
    asked: `--duration ${formatDuration(measured)}, in all a run of ${formatDuration(length)}`,
    found: `results every ${formatDuration(period)}`,
    rule: 'a run is at least as long as the longest period of its results',
    remedy: `Take a --duration of ${formatDuration(measured + period - length)} or more`,
  })
}

function checkMultiples(spec: TrialSpec): void {
  const { tick } = spec
  const lengths = [
    ['--duration', spec.measured],
    ['--warmup', spec.warmup],
    ['--history', spec.history?.duration ?? 0],
  ] as const
  for (const [option, nanos] of lengths) {
    if (nanos % tick === 0) continue
    throw new ConfigurationError({
      asked: `${option} ${formatDuration(nanos)}`,
      found: `ticks of ${formatDuration(tick)}`,
      rule: 'every part of a run is a whole number of ticks',
      remedy: `Take ${formatDuration(Math.ceil(nanos / tick) * tick)}, or another multiple of the tick`,
    })
  }
}
