/**
 * A worker's watch over the driver: when it misses its heartbeats, it asks the authority for another life of it, with a term of its
 * own (D-Streams §4.1). All workers notice; the lowest one asks at once, each other one a heartbeat later for each that comes
 * before it, and only if nobody has: who comes first may be dead too. Of several who ask the authority hears one.
 *
 * The old driver may only have been away. Whatever it still says is of a life that is over, and dropped on the way.
 *
 * Where nobody replaces the driver, it is lost only after twice the timeout: who misses it may be missed by it, where a link is
 * cut both ways, and then a driver that lives has a timeout to do without the worker, or to be heard again.
 */
import type { ProcessSetup } from '../../core/engine.ts'
import { RecoveryError } from '../../core/errors.ts'
import { FailureDetector } from '../../core/membership/failure-detector.ts'
import type { Membership } from '../../core/membership/membership.ts'
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
  /** When to ask for another driver. */
  #askAt: Nanos = Number.POSITIVE_INFINITY

  constructor(world: World, { config }: Pick<ProcessSetup, 'config'>) {
    this.#world = world
    this.#config = config
    this.#driver = config.workers
    this.#detector = new FailureDetector(world, config.detector)
  }

  adopt(membership: Membership): void {
    this.#membership = membership
    this.#isMissed = false
    this.#askAt = Number.POSITIVE_INFINITY
    this.#detector.adopt(membership, [this.#driver], this.#world.now())
  }

  heard(from: ProcessId): void {
    this.#detector.heard(from, this.#world.now())
  }

  /** Returns when it wants to be called again. Errors: `RecoveryError` for a lost driver that nobody replaces. */
  step(now: Nanos): Nanos {
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length > 0) this.#suspect(now)
    if (this.#isMissed) this.#checkLost(now)
    if (now < this.#askAt) return Math.min(next, this.#askAt)
    this.#askAt = Number.POSITIVE_INFINITY
    this.#ask()
    return next
  }

  #suspect(now: Nanos): void {
    const { process, history } = this.#world
    const { detector } = this.#config
    const { generation, members } = this.#membership!
    const silence = this.#detector.silenceOf(this.#driver, now)
    history.append('driver-suspected', { driver: this.#driver, generation, ...silence })
    if (!replacesDriver(this.#config)) {
      this.#isMissed = true
      return
    }
    const before = members.filter((member) => member.process < process && member.state === 'live')
    this.#askAt = now + before.length * detector.heartbeat
  }

  #ask(): void {
    const { generation, term, members, placement } = this.#membership!
    const next = members.map((member) =>
      member.process === this.#driver ? { ...member, incarnation: member.incarnation + 1 } : member,
    )
    this.#world.authority.propose(generation, { term: term + 1, members: next, placement })
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
