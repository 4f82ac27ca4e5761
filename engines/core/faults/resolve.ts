/**
 * From a plan to what a world carries out: roles become processes and links, what repeats is written out, what is drawn is
 * drawn from the seed.
 *
 * Each fault draws from a stream of its own, named by its line, so a fault that is added moves no other one.
 */
import { fmix32 } from '../output/digest.ts'
import { formatDuration } from '../plan/duration.ts'
import type { Nanos } from '../units.ts'
import { type Random, seededRandom } from '../world/random.ts'
import { checkPlan, type Planned } from './contradictions.ts'
import type { Fault, FaultPlan, Moment } from './fault.ts'
import { writeFault } from './fault-line.ts'
import type { FaultRun } from './fault-run.ts'
import type { FaultSpec, When } from './fault-spec.ts'
import { FAULT_WORDS, takes } from './fault-words.ts'
import { refuse } from './refusal.ts'
import { type Hit, hitOf } from './targets.ts'

/** Purpose of the streams that plans draw from. */
const PLAN_STREAM = 0xfa17

/** Of a run, repeated ones and those of each process counted. */
const FAULTS_MAX = 1_000

/**
 * The plan of a run; its order is that of the specifications. Lengths are finite: what lasts to the end lasts to the deadline.
 *
 * Errors: `ConfigurationError` for whom the run has not, an instant that it does not have, what its world cannot take, and
 * faults that contradict each other.
 */
export function resolveFaults(specs: readonly FaultSpec[], run: FaultRun): FaultPlan {
  const planned: Planned[] = []
  const told = new Map<string, number>()
  for (const spec of specs) {
    const line = writeFault(spec)
    const asked = `the fault '${line}'`
    const before = told.get(line) ?? 0
    told.set(line, before + 1)
    checkTaken(spec, asked, run)
    const hit = hitOf(spec.whom, asked, run)
    const random = seededRandom(run.seed, PLAN_STREAM, hashOf(line), before)
    for (const at of beginningsOf(spec, specs, { asked, run, random })) {
      for (const fault of faultsAt(at, spec, hit, run)) planned.push({ fault, line })
    }
    if (planned.length > FAULTS_MAX) {
      const found = `${planned.length} faults so far`
      refuse(asked, found, `A plan has at most ${FAULTS_MAX}`, 'Repeat it less often')
    }
  }
  checkPlan(planned, run)
  return planned.map(({ fault }) => fault)
}

function checkTaken({ fault }: FaultSpec, asked: string, { world }: FaultRun): void {
  if (takes(world, fault)) return
  const { only } = FAULT_WORDS[fault]
  refuse(asked, `the ${world} world`, only!.because, `Use --world ${only!.world}`)
}

/** Of a text, for the name of a stream. */
function hashOf(text: string): number {
  let hash = text.length
  for (let index = 0; index < text.length; index++) hash = fmix32(hash ^ text.charCodeAt(index))
  return hash
}

interface Drawing {
  readonly asked: string
  readonly run: FaultRun
  readonly random: Random
}

function beginningsOf(
  spec: FaultSpec,
  all: readonly FaultSpec[],
  drawing: Drawing,
): readonly (Nanos | Moment)[] {
  const { when } = spec
  const { start, ticks } = drawing.run
  switch (when.kind) {
    case 'at':
      // Of what lasts its end is an instant, too.
      if (when.within === undefined) checkEnd(when.at + (spec.length ?? 0), drawing)
      return [near(when.at, when.within, drawing)]
    case 'random': {
      const { from = 0 } = when
      const until = untilOf(when, drawing)
      checkInstant(from, drawing)
      return [start + from + Math.floor(drawing.random.unit() * (until - from))]
    }
    case 'boundary': {
      const earliest = start + (when.from ?? 0)
      // A run begins at a boundary, too; what is meant is the end of a tick.
      const isHere = earliest > start && ticks.isBoundary(earliest)
      const boundary = isHere ? earliest : ticks.endAfter(earliest)
      return [near(boundary - start, when.within, drawing)]
    }
    case 'moment':
      checkMoment(when.on, all, drawing)
      checkInstant(when.from ?? 0, drawing)
      return [{ on: when.on, from: start + (when.from ?? 0) }]
    case 'every':
      return repeated(when, drawing)
  }
}

function repeated(
  when: Extract<When, { readonly kind: 'every' }>,
  drawing: Drawing,
): readonly Nanos[] {
  const { every, within, from = every } = when
  const until = untilOf(when, drawing)
  checkInstant(from, drawing)
  if ((until - from) / every > FAULTS_MAX) {
    const found = `more than ${FAULTS_MAX} of them`
    refuse(drawing.asked, found, 'A plan has an end that can be read', 'Repeat it less often')
  }
  const instants: Nanos[] = []
  for (let at = from; at < until; at += every) instants.push(near(at, within, drawing))
  return instants
}

/** The end of a window, which is the input's if it has none of its own. */
function untilOf({ until }: { readonly until?: Nanos }, drawing: Drawing): Nanos {
  const { asked, run } = drawing
  if (until !== undefined) {
    checkEnd(until, drawing)
    return until
  }
  if (run.end !== undefined) return run.end - run.start
  const found = 'an input whose end is not known before'
  refuse(asked, found, 'What is drawn or repeated has an end', 'Give from and to')
}

/** An instant since the start of the clock, as one of the run, drawn from around it. */
function near(at: Nanos, within: Nanos | undefined, drawing: Drawing): Nanos {
  const { asked, run, random } = drawing
  checkInstant(at + (within ?? 0), drawing)
  if (within === undefined) return run.start + at
  if (within > at) {
    const found = `${formatDuration(within)} before ${formatDuration(at)}`
    refuse(asked, found, 'Nothing happens before the start', 'Give a later instant')
  }
  return run.start + at + Math.floor((2 * random.unit() - 1) * within)
}

/** Begins before the input ends, so that there is something to hit. */
function checkInstant(at: Nanos, { asked, run }: Drawing): void {
  if (run.end !== undefined && at >= run.end - run.start) refusePast(asked, at, run.end - run.start)
}

/** Ends with the input at the latest. */
function checkEnd(at: Nanos, { asked, run }: Drawing): void {
  if (run.end !== undefined && at > run.end - run.start) refusePast(asked, at, run.end - run.start)
}

function refusePast(asked: string, at: Nanos, end: Nanos): never {
  refuse(
    asked,
    `an instant past the end, ${formatDuration(at)}`,
    `The input ends ${formatDuration(end)} after the start, warm-up and --duration together`,
    'Give an earlier instant, or a longer --duration',
  )
}

/** Whether there can be such a moment. */
function checkMoment(on: Moment['on'], all: readonly FaultSpec[], { asked, run }: Drawing): void {
  if (on === 'checkpoint') {
    if (run.hasCheckpoints) return
    const rule = 'The timely engine takes checkpoints where its recovery goes back to them'
    refuse(asked, 'no checkpoints', rule, 'Give --recovery checkpoint')
  }
  if (on === 'recovery') {
    const isOther = ({ when }: FaultSpec) => when.kind !== 'moment' || when.on !== 'recovery'
    if (all.some(isOther)) return
    const remedy = 'Plan another one, too, like kill worker 1 at 10s'
    refuse(asked, 'no other fault', 'A recovery follows a fault', remedy)
  }
  if (run.ingest === 'pushed') return
  const rule = 'Receivers acknowledge what was pushed; a log is read in place'
  refuse(asked, 'no receivers', rule, 'Add --ingest pushed')
}

/** What begins then. */
function faultsAt(
  at: Nanos | Moment,
  spec: FaultSpec,
  { processes, links }: Hit,
  { deadline }: FaultRun,
): readonly Fault[] {
  const { share = 1, by = 0, tasks = 1 } = spec
  const length = spec.length ?? deadline - (typeof at === 'number' ? at : at.from)
  const storage = { kind: 'storage', at, length, factor: 1 } as const
  switch (spec.fault) {
    case 'kill':
      return processes.map((process) => ({ kind: 'kill', process, at }))
    case 'pause':
      return processes.map((process) => ({ kind: 'pause', process, at, length }))
    case 'slow':
      if (spec.whom.on === 'storage') {
        return [{ ...storage, what: 'slow', factor: 1 / share, share: 1 }]
      }
      return processes.map((process) => ({ kind: 'slow', process, share, at, length }))
    case 'contend':
      return processes.map((process) => ({ kind: 'contend', process, tasks, at, length }))
    case 'skew':
      return processes.map((process) => ({ kind: 'skew', process, by, at, length }))
    case 'delay':
    case 'drop':
    case 'duplicate':
    case 'reorder':
      return [{ kind: spec.fault, links, by, share, at, length }]
    case 'split':
      return [{ kind: 'split', links, at, length }]
    case 'fill':
      return [{ ...storage, what: 'full', share: 1 }]
    case 'tear':
      return [{ ...storage, what: 'torn', share }]
    case 'lose':
      return [{ ...storage, what: 'lost', share }]
  }
}
