/** How parcels and progress leave a worker for another: as messages of its generation, which are counted. */
import type { ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { ProgressKind } from '../progress/progress-broadcast.ts'
import { CHANNEL_BROADCAST, CHANNEL_DATA, CHANNEL_GATHER } from './channels.ts'

export class Outbound {
  readonly #world: Pick<World, 'transport' | 'count'>
  readonly #generation: () => number

  constructor(world: Pick<World, 'transport' | 'count'>, generation: () => number) {
    this.#world = world
    this.#generation = generation
  }

  sendData(to: ProcessId, header: Uint8Array, rows: Uint8Array): void {
    const world = this.#world
    world.count('dataMessages', 1)
    world.count('dataBytes', header.length + rows.length)
    world.count('shuffleBytesRemote', rows.length)
    world.transport.send({
      to,
      class: 'data',
      channel: CHANNEL_DATA,
      generation: this.#generation(),
      payload: header,
      tail: rows,
    })
  }

  sendProgress(to: ProcessId, kind: ProgressKind, payload: Uint8Array): void {
    const world = this.#world
    world.count('progressMessages', 1)
    world.count('progressBytes', payload.length)
    world.transport.send({
      to,
      class: 'control',
      channel: kind === 'broadcast' ? CHANNEL_BROADCAST : CHANNEL_GATHER,
      generation: this.#generation(),
      payload,
    })
  }
}
