/**
 * Workers that join and leave while a run goes on: a plan that every process knows, and who follows from it at an instant.
 *
 *   from 2 ──at 10 s──▶ 4 ──at 20 s──▶ 2        workers 0 and 1; 0 to 3; 0 and 1
 *
 * All that there ever will be are members from the start, with memory and links; who is not there is absent. An engine changes
 * the membership where it has all state in a durable checkpoint and nothing is under way, so that nothing is done twice, and who
 * leaves has nothing that somebody needs. It is asked what holds now, never what was done before: so whoever comes to it
 * next, in whatever generation, does what is left to be done, and a change that lost to another is proposed again.
 *
 * The authority takes a change like any other. Who is dead stays dead (`survivors`); who was lost and is replaced leaves like the
 * others when its time has come.
 */
import { ConfigurationError } from '../errors.ts'
import type { HistoryFields } from '../metrics/history.ts'
import { instantText } from '../plan/duration.ts'
import { clockStart, type Resize, type RunConfig } from '../run-config.ts'
import type { Nanos } from '../units.ts'
import type { World } from '../world/world.ts'
import { type Member, type Membership, placePartitions } from './membership.ts'

/** How many workers the plan asks for at an instant; `undefined` before its first step. */
export function workersAt({ steps }: Resize, instant: Nanos): number | undefined {
  return steps.findLast(({ at }) => at <= instant)?.workers
}

/**
 * The membership that the plan asks for at an instant. Nothing where this is it, or where nobody would live: those who should be
 * there are dead, so the others stay.
 */
export function resized(
  { term, members, placement }: Membership,
  { resize, workers, partitions }: Pick<RunConfig, 'resize' | 'workers' | 'partitions'>,
  instant: Nanos,
): Omit<Membership, 'generation'> | undefined {
  const count = resize && workersAt(resize, instant)
  if (count === undefined) return undefined
  const next = members.map((member): Member => {
    const { process, incarnation, state } = member
    const isAsked = process < count
    if (process >= workers || state === 'dead' || isAsked === (state === 'live')) return member
    return isAsked
      ? { process, incarnation: incarnation + 1, state: 'live' }
      : { ...member, state: 'absent' }
  })
  const live = next.filter(({ process, state }) => process < workers && state === 'live')
  const isSame = next.every((member, place) => member === members[place])
  if (isSame || live.length === 0) return undefined
  const ids = live.map(({ process }) => process)
  return { term, members: next, placement: placePartitions(partitions, ids, placement) }
}

/** Proposes what the plan asks for at an instant, if that is another membership. */
export function askForResize(
  { authority, history }: Pick<World, 'authority' | 'history'>,
  membership: Membership,
  change: { readonly config: RunConfig; readonly instant: Nanos },
): void {
  const { config, instant } = change
  const next = resized(membership, config, instant)
  if (next === undefined) return
  const { generation } = membership
  history.append('resize-asked', { generation, workers: workersAt(config.resize!, instant)! })
  authority.propose(generation, next)
}

/** Who joins and who leaves with a membership, as events of the world: it lets one begin, and ends the other. */
export function comingsAndGoings(
  before: readonly Member[],
  after: readonly Member[],
): readonly { readonly event: string; readonly fields: HistoryFields }[] {
  return after.flatMap(({ process, incarnation, state }, place) => {
    const was = before[place]!.state
    if (was === 'absent' && state === 'live') {
      return [{ event: 'worker-joined', fields: { process, incarnation } }]
    }
    if (was === 'live' && state === 'absent') {
      return [{ event: 'worker-left', fields: { process, incarnation } }]
    }
    return []
  })
}

/** Errors: `ConfigurationError` for a plan that no engine can follow. */
export function checkResize(config: RunConfig): void {
  const { resize, workers, tick, input, ingest } = config
  if (resize === undefined) return
  const start = clockStart(input)
  const text = (at: Nanos): string => instantText(at, start)
  if (!isCount(resize.from, workers)) {
    throw outOfRange(`${resize.from} workers at the start`, workers)
  }
  let before = { at: start, workers: resize.from }
  for (const step of resize.steps) {
    const asked = `${step.workers} workers at ${text(step.at)}`
    if (!isCount(step.workers, workers)) throw outOfRange(asked, workers)
    if (!(step.at > before.at && step.at <= input.duration - tick)) {
      const what = step === resize.steps[0] ? 'the run begins' : 'the change before it is'
      throw refusal(
        asked,
        `${what} at ${text(before.at)}, and the last tick at ${text(input.duration - tick)}`,
        'workers join and leave one change after the other, before the last tick begins',
        'Choose instants within the run, in their order',
      )
    }
    if (step.workers === before.workers) {
      throw refusal(
        asked,
        `so many are there since ${text(before.at)}`,
        'a change is one to another number',
        'Drop it, or choose another number',
      )
    }
    before = step
  }
  if (ingest === 'pushed') {
    throw refusal(
      'workers that join or leave, with the ingest pushed',
      'blocks of input that lie on two workers each',
      'receivers do not hand blocks over yet when a worker leaves that still lives',
      'Leave the ingest at log',
    )
  }
  if (input.once) {
    throw refusal(
      'workers that join or leave, with a bounded input',
      'an input that is over before the clock starts',
      'workers join and leave while the run goes on',
      'Take a stream',
    )
  }
}

function isCount(count: number, workers: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= workers
}

function outOfRange(asked: string, workers: number): ConfigurationError {
  return refusal(
    asked,
    `memory and links for ${workers}`,
    'a run has at least one worker, and at most those that are reserved',
    `Choose from 1 to ${workers}`,
  )
}

function refusal(asked: string, found: string, rule: string, remedy: string): ConfigurationError {
  return new ConfigurationError({ asked, found, rule, remedy })
}
