/**
 * How a run may end under a fault plan: whether it has a way to go on is a property of the plan and the cut alone.
 *
 *   completed   everything was committed: it must be, as long as a way to go on is left
 *   recovery    the clear error of a run that has lost what nobody can make again
 *   storage     the clear error of one whose storage gave back nothing that is whole, or took nothing
 *   deadline    only where something lasts for ever that keeps processes apart, or that gives no spill back
 *
 * Several endings where it depends on instants that nobody knows before: who is detected first, what had been written. Whatever
 * a run ends with, what it has committed is right.
 *
 *   timely    who is left sees the dead. Replaced: somebody must never die. Survivors: not all may die, or be taken for dead by one who
 *             dies then; of two replicas one must stay whole. With recovery none nobody may be lost
 *   dstream   the driver sees the dead, and workers see the driver. Replaced: somebody must never die. Survivors: the driver must not, and
 *             a worker must be left that it hears
 *   resized   who joins or leaves is counted on in nothing: where only such are left, a run may go on, and may not
 *   pushed    a record is on two workers, and the client's till then: not both may be lost, nor the client
 */
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { FaultRun } from '../../engines/core/faults/fault-run.ts'
import type { Nanos, ProcessId } from '../../engines/core/units.ts'
import { type Harm, harmOf, patienceOf, type Watching } from './harm.ts'

export const ENDINGS = ['completed', 'recovery', 'storage', 'deadline'] as const

export type Ending = (typeof ENDINGS)[number]

export interface SurvivalRun
  extends Watching,
    Pick<
      FaultRun,
      'engine' | 'workers' | 'engineProcesses' | 'ingest' | 'replacement' | 'deadline'
    > {
  readonly end: Nanos
  /** Workers `0 … present − 1` are there all the time, the others join or leave; all of them if not given. */
  readonly present?: number
  /** Whether its mode goes on when a worker is lost. */
  readonly survives: boolean
  /** How often it has the whole dataflow: the first workers have the first of them. */
  readonly replicas: number
  /** Records are due up to its end: it cannot complete before. */
  readonly isStream: boolean
}

type Chance = 'no' | 'perhaps' | 'surely'

/** The run is ended so much later than somebody dies, if that ends it. */
const NOTICED_TIMEOUTS = 3
/** Receivers wait for the client so many times as long as for others. */
const CLIENT_PATIENCE = 10

export function endingsOf(run: SurvivalRun, faults: FaultPlan): readonly Ending[] {
  const harm = harmOf(faults, run)
  const lost = greatest([lossOf(run, harm), pushedLoss(run, harm, faults)])
  const damages = faults.some((fault) => fault.kind === 'storage' && fault.what !== 'slow')
  return [
    ...(lost === 'surely' ? [] : (['completed'] as const)),
    ...(lost === 'no' ? [] : (['recovery'] as const)),
    ...(damages ? (['storage'] as const) : []),
    ...(mayStall(run, harm) ? (['deadline'] as const) : []),
  ]
}

/** Whether a process may be suspected: it dies, or may be silent for longer than others wait. */
export function mayBeSuspected({ deaths, silences }: Harm, process: ProcessId): boolean {
  return deaths.has(process) || silences.some((silence) => silence.process === process)
}

function lossOf(run: SurvivalRun, harm: Harm): Chance {
  return run.engine === 'timely' ? timelyLoss(run, harm) : dstreamLoss(run, harm)
}

function timelyLoss(run: SurvivalRun, harm: Harm): Chance {
  const { workers, survives, replacement, replicas } = run
  const all = alwaysThere(run)
  const dying = all.filter((worker) => harm.deaths.has(worker))
  const missed = all.filter((worker) => isMissed(harm, worker, processesTo(workers)))
  if (!survives) return lossOfNone(run, harm, { dying, missed })
  if (replicas > 1 && replacement === 'survivors') return replicasLoss(run, harm)
  if (dying.length === 0) return 'no'
  if (replacement === 'respawn') {
    if (dying.length < all.length) return 'no'
    return dieTogether(run, harm, all) ? certain(run) : 'perhaps'
  }
  if (!all.every((worker) => dying.includes(worker) || missed.includes(worker))) return 'no'
  return allDie(run, harm, all) ? certain(run) : 'perhaps'
}

/** Where all of those die who are there all the time: others may be there as well. */
function certain({ present, workers }: SurvivalRun): Chance {
  return (present ?? workers) < workers ? 'perhaps' : 'surely'
}

/** Nobody begins a replica again that has lost a worker, or whose workers miss one: then the other one must be whole. */
function replicasLoss(run: SurvivalRun, harm: Harm): Chance {
  const all = processesTo(run.workers)
  const each = replicasOf(run)
  const isWhole = (replica: readonly ProcessId[]): boolean =>
    !replica.some((worker) => harm.deaths.has(worker) || isMissed(harm, worker, all))
  if (each.some(isWhole)) return 'no'
  const isLost = (replica: readonly ProcessId[]): boolean =>
    replica.some((worker) => allDie(run, harm, [worker]))
  return each.every(isLost) ? 'surely' : 'perhaps'
}

function lossOfNone(
  run: SurvivalRun,
  { deaths, silentNs }: Harm,
  { dying, missed }: Readonly<Record<'dying' | 'missed', readonly ProcessId[]>>,
): Chance {
  if (dying.length + missed.length === 0) return 'no'
  const { isStream, end, detector } = run
  const latest = end - NOTICED_TIMEOUTS * detector.timeout
  const isNoticed = dying.some((worker) => (deaths.get(worker)!.at ?? end) < latest)
  // Who cannot hear may be done before it has missed anybody.
  const listens = silentNs <= patienceOf(run)
  return isStream && isNoticed && listens ? 'surely' : 'perhaps'
}

function dstreamLoss(run: SurvivalRun, harm: Harm): Chance {
  const { workers, replacement } = run
  const all = alwaysThere(run)
  const chances: Chance[] = [driverLoss(run, harm)]
  if (replacement === 'survivors') {
    const isGone = (worker: ProcessId): boolean =>
      harm.deaths.has(worker) || isMissed(harm, worker, [workers])
    if (all.every(isGone)) chances.push(allDie(run, harm, all) ? certain(run) : 'perhaps')
  }
  return greatest(chances)
}

function driverLoss(run: SurvivalRun, harm: Harm): Chance {
  const { workers: driver, replacement } = run
  const workers = processesTo(driver)
  if (replacement === 'respawn') {
    const everybody = watchersOf(run)
    if (!everybody.every((process) => harm.deaths.has(process))) return 'no'
    return dieTogether(run, harm, everybody) ? certain(run) : 'perhaps'
  }
  if (allDie(run, harm, [driver])) return 'surely'
  return harm.deaths.has(driver) || isMissed(harm, driver, workers) ? 'perhaps' : 'no'
}

function pushedLoss(run: SurvivalRun, harm: Harm, faults: FaultPlan): Chance {
  const { ingest, workers, engineProcesses: client, detector } = run
  if (ingest !== 'pushed') return 'no'
  if (allDie(run, harm, [client])) return 'surely'
  const isSilent = isMissed(harm, client, processesTo(workers))
  // In the order of the sum of all that keeps somebody silent.
  const patience = patienceOf(run) + (CLIENT_PATIENCE - 1) * detector.timeout
  if (harm.deaths.has(client) || (isSilent && harm.silentNs > patience)) return 'perhaps'
  const lost = processesTo(workers).filter((worker) => mayBeSuspected(harm, worker))
  // Input may have been given back that a checkpoint was to replace.
  const forgets = faults.some((fault) => fault.kind === 'storage' && fault.what === 'lost')
  return forgets || lost.length >= Math.min(2, workers) ? 'perhaps' : 'no'
}

/**
 * Who stands still for good is seen by others, if there are any: who was taken for dead meanwhile does not begin again before he has
 * heard of it, or is fenced himself, be it since nobody else is left. Of a replica that is not begun again nobody sees him. A client is
 * seen by workers alone, and by none that waits for it. Who is cut off for good may be waited for; and who is lost with a spill that is
 * not given back makes it again, and spills it again.
 */
function mayStall(run: SurvivalRun, harm: Harm): boolean {
  const { engine, workers, engineProcesses, ingest, replacement } = run
  const { forever, deaths } = harm
  if (forever.has('link')) return true
  if (engine === 'dstream' && forever.has('storage')) return true
  if (!forever.has('pause')) return false
  if (engine === 'dstream' && replacement === 'survivors') return deaths.has(workers)
  const isClientMissed = ingest === 'pushed' && deaths.has(engineProcesses)
  const watchers = isClientMissed ? alwaysThere(run) : watchersOf(run)
  return watchers.every((watcher) =>
    givenUpWith(run, watcher).some(
      (process) => mayBeSuspected(harm, process) || mayBeAway(run, harm, { process }),
    ),
  )
}

/** Who is lost for good with a process, it among them, when one of them is. Who is replaced sees others again. */
function givenUpWith(
  { workers, replicas, replacement }: SurvivalRun,
  process: ProcessId,
): readonly ProcessId[] {
  if (replicas === 1 || replacement === 'respawn') return [process]
  return replicasOf({ workers, replicas }).find((replica) => replica.includes(process))!
}

/**
 * Whether a process may be between two lives before an instant: a D-Stream's worker whose spill is damaged begins another, whoever
 * replaces the dead.
 */
function mayBeAway(
  { engine, workers }: SurvivalRun,
  { damagedFrom }: Harm,
  { process, before = Number.POSITIVE_INFINITY }: { process: ProcessId; before?: Nanos },
): boolean {
  return engine === 'dstream' && process < workers && damagedFrom < before
}

/**
 * Whether each of them dies at an instant before the run can be complete. A kill that comes while its process is between two lives finds
 * nobody.
 */
function allDie(run: SurvivalRun, harm: Harm, processes: readonly ProcessId[]): boolean {
  const { isStream, end } = run
  const dies = (process: ProcessId): boolean => {
    const at = harm.deaths.get(process)?.at ?? end
    return at < end && !mayBeAway(run, harm, { process, before: at })
  }
  return isStream && processes.every(dies)
}

/** The same, before one of them can have seen that another is dead, and each once: then nobody comes back. */
function dieTogether(run: SurvivalRun, harm: Harm, processes: readonly ProcessId[]): boolean {
  if (!allDie(run, harm, processes)) return false
  const deaths = processes.map((process) => harm.deaths.get(process)!)
  if (deaths.some(({ times }) => times > 1)) return false
  const instants = deaths.map(({ at }) => at!)
  return Math.max(...instants) - Math.min(...instants) + harm.silentNs <= patienceOf(run)
}

/** Whether a process may be taken for dead by one of the others. */
function isMissed({ silences }: Harm, process: ProcessId, others: readonly ProcessId[]): boolean {
  return silences.some(
    (silence) =>
      silence.process === process &&
      others.some((other) => other !== process && (silence.to === 'all' || silence.to === other)),
  )
}

/** By replica, its workers. */
function replicasOf({
  workers,
  replicas,
}: Pick<SurvivalRun, 'workers' | 'replicas'>): readonly (readonly ProcessId[])[] {
  const size = workers / replicas
  return processesTo(replicas).map((replica) =>
    processesTo(workers).slice(replica * size, (replica + 1) * size),
  )
}

/** Workers that neither join nor leave. */
function alwaysThere({ present, workers }: SurvivalRun): readonly ProcessId[] {
  return processesTo(present ?? workers)
}

/** They, and the driver. */
function watchersOf(run: SurvivalRun): readonly ProcessId[] {
  const { workers, engineProcesses } = run
  return [...alwaysThere(run), ...processesTo(engineProcesses).slice(workers)]
}

function processesTo(count: number): readonly ProcessId[] {
  return Array.from({ length: count }, (_, process) => process)
}

function greatest(chances: readonly Chance[]): Chance {
  if (chances.includes('surely')) return 'surely'
  return chances.includes('perhaps') ? 'perhaps' : 'no'
}
