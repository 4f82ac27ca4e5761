/**
 * An input: how data enters a dataflow at one worker, epoch by epoch (Naiad §2.1, §2.3).
 *
 *   open at epoch e ──advanceTo(e')──▶ open at epoch e' ──close──▶ closed
 *
 * While it is open at e, no frontier passes e; finishing an epoch claims the next one before it gives up this one.
 */
import { assert } from '../../core/assert.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { Parcel, VertexContext } from '../graph/vertex.ts'
import { timeOfEpoch } from '../progress/timestamp.ts'
import type { Capability } from './capability.ts'

export class Input {
  #context: VertexContext
  #capability: Capability

  constructor(context: VertexContext, capability: Capability) {
    this.#context = context
    this.#capability = capability
  }

  get open(): boolean {
    return this.#capability.held
  }

  /** The epoch that it is open at. */
  get epoch(): number {
    return this.#capability.time[0]!
  }

  send(connector: ConnectorId, parcel: Parcel): void {
    this.#context.sendBy(connector, parcel, this.#capability.time)
  }

  advanceTo(epoch: number): void {
    assert(epoch > this.epoch, `input at epoch ${this.epoch} cannot advance to ${epoch}`)
    this.#capability.downgrade(timeOfEpoch(epoch))
  }

  close(): void {
    this.#capability.drop()
  }
}
