/**
 * A storage that is slow, full, breaks off or loses what it has: what the service does to requests by the fault plan.
 *
 *   slow   a request that took d is followed by a rest of d · (factor − 1): nobody is served meanwhile
 *   full   whatever is to be written fails
 *   torn   half of a blob is under its name, and the write has failed; of a file of the user's there is nothing
 *   lost   a blob that was written is gone. Files of the user's are not: nobody could write them again
 */
import type { FaultPlan, StorageFault } from '../../../faults/fault.ts'
import type { Nanos } from '../../../units.ts'
import { type Random, seededRandom } from '../../random.ts'
import type { Completion, StorageRequest } from '../storage-wire.ts'
import { Brake } from './brake.ts'
import type { FaultWords } from './fault-words.ts'
import { placed } from './placed-fault.ts'
import type { Standstill } from './standstill.ts'

/** Names these streams of random numbers among those of a run. */
const STREAM = 0xfa015

const WRITES: readonly StorageRequest['kind'][] = ['write', 'scratch', 'publish']

interface Injected {
  readonly fault: StorageFault & { readonly place: number }
  readonly random: Random
}

export interface StorageFaultsContext {
  readonly seed: number
  readonly words: FaultWords
  readonly standstill: Pick<Standstill, 'until'>
  now(): Nanos
}

export class StorageFaults {
  #faults: readonly Injected[]
  #context: StorageFaultsContext
  #brake: Brake

  constructor(plan: FaultPlan, context: StorageFaultsContext) {
    this.#context = context
    this.#brake = new Brake(context.standstill)
    this.#faults = placed(plan)
      .filter((fault) => fault.kind === 'storage')
      .map((fault) => ({ fault, random: seededRandom(context.seed, STREAM, fault.place) }))
  }

  /** Has a request carried out, or not, or something else. */
  perform(asked: StorageRequest, carryOut: (asked: StorageRequest) => Completion): Completion {
    const { now, words } = this.#context
    const from = now()
    const completion = WRITES.includes(asked.kind)
      ? this.#write(asked, carryOut, from)
      : carryOut(asked)
    const to = now()
    for (const { fault } of this.#faults) {
      if (fault.what !== 'slow' || !words.isOn(fault.place, fault.length, from)) continue
      words.hit(fault.place, from)
      this.#brake.owe((to - from) * (fault.factor - 1))
    }
    this.#brake.rest(to)
    return completion
  }

  #write(
    asked: StorageRequest,
    carryOut: (asked: StorageRequest) => Completion,
    now: Nanos,
  ): Completion {
    const { kind, request, name, content } = asked
    const failed = { kind: 'storage', request, outcome: 'failed' } as const
    if (this.#strikes('full', now)) return { ...failed, reason: 'no space left on the disk' }
    if (this.#strikes('torn', now)) {
      const half = content.length >> 1
      if (kind !== 'publish') carryOut({ ...asked, content: content.subarray(0, half) })
      return { ...failed, reason: `broke off after ${half} bytes` }
    }
    const completion = carryOut(asked)
    if (kind !== 'publish' && completion.outcome === 'done' && this.#strikes('lost', now)) {
      carryOut({ kind: 'remove', request, name, content: content.subarray(0, 0) })
    }
    return completion
  }

  /** Whether a fault of this kind that is on takes this write. */
  #strikes(what: StorageFault['what'], now: Nanos): boolean {
    const { words } = this.#context
    const struck = this.#faults.filter(
      ({ fault, random }) =>
        fault.what === what &&
        words.isOn(fault.place, fault.length, now) &&
        random.unit() < fault.share,
    )
    for (const { fault } of struck) words.hit(fault.place, now)
    return struck.length > 0
  }
}
