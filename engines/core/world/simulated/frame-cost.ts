/** What a frame costs at either end, and how many bytes it stands for: those of the data class are rows (`cost/scale.ts`). */
import type { CostModel } from '../../cost/cost-model.ts'
import type { ScaledMeter } from '../../cost/meter.ts'
import type { Nanos } from '../../units.ts'
import { CLASS_AT, CLASS_DATA, FRAME_HEADER_BYTES } from '../frame.ts'

/** About how long engines let a message of rows become. */
const MESSAGE_BYTES = 64 * 1024

export class FrameCost {
  #costs: Pick<CostModel, 'messageNs' | 'messageByteNs'>
  #meter: Pick<ScaledMeter, 'shippedFactor'>

  constructor(costs: CostModel, meter: ScaledMeter) {
    this.#costs = costs
    this.#meter = meter
  }

  /** Bytes on the wire that a frame stands for, whose payload has this length. */
  bytes(header: Uint8Array, length: number): number {
    return FRAME_HEADER_BYTES + this.#payload(header, length)
  }

  /** At either end. Rows beyond a message's size would have come in more messages. */
  of(header: Uint8Array, length: number): Nanos {
    const { messageNs, messageByteNs } = this.#costs
    const bytes = this.#payload(header, length)
    const messages = Math.max(1, bytes / MESSAGE_BYTES)
    return Math.round(messages * messageNs + (FRAME_HEADER_BYTES + bytes) * messageByteNs)
  }

  #payload(header: Uint8Array, length: number): number {
    return header[CLASS_AT] === CLASS_DATA ? length * this.#meter.shippedFactor : length
  }
}
