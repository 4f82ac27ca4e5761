/**
 * A worker's watch over the driver: when it misses its heartbeats, it asks the authority for another life of it, with a term of its
 * own (D-Streams §4.1). All workers notice; the lowest one asks at once, each other one a heartbeat later for each that comes
 * before it, and only if nobody has: who comes first may be dead too. Of several who ask the authority hears one.
 *
 * The old driver may only have been away. Whatever it still says is of a life that is over, and dropped on the way.
 *
 * A next life begins when all who live have seen the membership that asks for it. Who stands still for good never does, and only a
 * driver would miss him: so if a life is given up that was never heard, workers watch each other as well in the membership after it,
 * and who asks for the driver's next life asks for those of the workers that it misses then. Who does not watch others answers them.
 * Who hears nobody cannot tell whether it is alone or deaf: it asks for all others.
 *
 * Where nobody replaces the driver, it is lost only after twice the timeout: who misses it may be missed by it, where a link is
 * cut both ways, and then a driver that lives has a timeout to do without the worker, or to be heard again.
 */
import type { ProcessSetup } from '../../core/engine.ts'
import { RecoveryError } from '../../core/errors.ts'
import { FailureDetector } from '../../core/membership/failure-detector.ts'
import { liveWorkers, type Member, type Membership } from '../../core/membership/membership.ts'
import { instantText } from '../../core/plan/duration.ts'
import { clockStart } from '../../core/run-config.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { replacesDriver } from '../recovery/driver-record.ts'

export class DriverWatch {
  #world: World
  #config: ProcessSetup['config']
  #driver: ProcessId
  #detector: FailureDetector
  #membership: Membership | undefined
  /** Suspected, and nobody replaces it. */
  #isMissed = false
  /** Workers that were suspected, too; they may have been heard again. */
  #missed: ProcessId[] = []
  /** When to ask for another driver. */
  #askAt: Nanos = Number.POSITIVE_INFINITY

  constructor(world: World, { config }: Pick<ProcessSetup, 'config'>) {
    this.#world = world
    this.#config = config
    this.#driver = config.workers
    this.#detector = new FailureDetector(world, config.detector)
  }

  adopt(membership: Membership): void {
    const others = this.#isOverdue(membership) ? liveWorkers(membership, this.#driver) : []
    this.#membership = membership
    this.#isMissed = false
    this.#missed = []
    this.#askAt = Number.POSITIVE_INFINITY
    this.#detector.adopt(membership, [...others, this.#driver], this.#world.now())
  }

  heard(from: ProcessId): void {
    this.#detector.heard(from, this.#world.now())
  }

  /** A heartbeat has come. */
  beaten(from: ProcessId): void {
    if (from < this.#driver) this.#detector.answer(from)
  }

  /** Returns when it wants to be called again. Errors: `RecoveryError` for a lost driver that nobody replaces. */
  step(now: Nanos): Nanos {
    const { next, suspected } = this.#detector.step(now)
    for (const process of suspected) {
      if (process === this.#driver) this.#suspect(now)
      else this.#missed.push(process)
    }
    if (this.#isMissed) this.#checkLost(now)
    if (now < this.#askAt) return Math.min(next, this.#askAt)
    this.#askAt = Number.POSITIVE_INFINITY
    this.#ask(now)
    return next
  }

  #suspect(now: Nanos): void {
    const { process, history } = this.#world
    const { detector } = this.#config
    const { generation } = this.#membership!
    const silence = this.#detector.silenceOf(this.#driver, now)
    history.append('driver-suspected', { driver: this.#driver, generation, ...silence })
    if (!replacesDriver(this.#config)) {
      this.#isMissed = true
      return
    }
    const before = liveWorkers(this.#membership!, this.#driver).filter((worker) => worker < process)
    this.#askAt = now + before.length * detector.heartbeat
  }

  #ask(now: Nanos): void {
    const { generation, term, members, placement } = this.#membership!
    const { timeout } = this.#config.detector
    const lost = [this.#driver]
    for (const worker of this.#missed) {
      const silence = this.#detector.silenceOf(worker, now)
      if (silence.gapNs - silence.awayNs <= timeout) continue
      this.#world.history.append('worker-suspected', { worker, generation, ...silence })
      lost.push(worker)
    }
    const next = members.map((member) =>
      lost.includes(member.process) ? { ...member, incarnation: member.incarnation + 1 } : member,
    )
    this.#world.authority.propose(generation, { term: term + 1, members: next, placement })
  }

  /** Whether a life of the driver is over with this membership that was never heard. */
  #isOverdue(membership: Membership): boolean {
    if (this.#membership === undefined || this.#detector.hasHeard(this.#driver)) return false
    return this.#driverOf(membership).incarnation > this.#driverOf(this.#membership).incarnation
  }

  #driverOf({ members }: Membership): Member {
    return members.find(({ process }) => process === this.#driver)!
  }

  #checkLost(now: Nanos): void {
    const { gapNs, awayNs } = this.#detector.silenceOf(this.#driver, now)
    const { detector, input } = this.#config
    if (gapNs - awayNs <= 2 * detector.timeout) return
    throw new RecoveryError(
      {
        asked: `the driver's heartbeat at ${instantText(now, clockStart(input))}`,
        found: 'none within twice the detector’s timeout',
        rule: 'survivors take over partitions, and none of them can become a driver',
        remedy: 'Use --replacement respawn, kill only workers, or allow a longer timeout',
      },
      { driver: this.#driver },
    )
  }
}
