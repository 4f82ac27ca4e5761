/**
 * A worker's eye on its driver.
 *
 * Who misses the driver may be missed by it: where a link is cut both ways, each suspects the other, and a driver that lives
 * replaces the worker. So a driver that is suspected has as long again to do that, or to be heard. Only then is it lost.
 */
import { RecoveryError } from '../../core/errors.ts'
import { FailureDetector } from '../../core/membership/failure-detector.ts'
import type { Membership } from '../../core/membership/membership.ts'
import { instantText } from '../../core/plan/duration.ts'
import { clockStart, type RunConfig } from '../../core/run-config.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'

export class DriverWatch {
  #world: World
  #config: RunConfig
  #driver: ProcessId
  #detector: FailureDetector
  #suspected = false

  constructor(world: World, config: RunConfig, driver: ProcessId) {
    this.#world = world
    this.#config = config
    this.#driver = driver
    this.#detector = new FailureDetector(world, config.detector)
  }

  adopt(membership: Membership): void {
    this.#suspected = false
    this.#detector.adopt(membership, [this.#driver], this.#world.now())
  }

  heard(from: ProcessId): void {
    this.#detector.heard(from, this.#world.now())
  }

  /** Returns when it wants to be called again. Errors: `RecoveryError` when the driver is lost. */
  step(now: Nanos): Nanos {
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length > 0) {
      this.#suspected = true
      const silence = this.#detector.silenceOf(this.#driver, now)
      this.#world.history.append('driver-suspected', { driver: this.#driver, ...silence })
    }
    if (this.#suspected) this.#checkLost(now)
    return next
  }

  #checkLost(now: Nanos): void {
    const { gapNs, awayNs } = this.#detector.silenceOf(this.#driver, now)
    const { detector, input } = this.#config
    if (gapNs - awayNs <= 2 * detector.timeout) return
    throw new RecoveryError(
      {
        asked: `the driver's heartbeat at ${instantText(now, clockStart(input))}`,
        found: 'none within twice the detector’s timeout',
        rule: 'the D-Stream engine does not yet recover a lost driver',
        remedy: 'Kill only workers, or allow a longer timeout',
      },
      { driver: this.#driver },
    )
  }
}
