/**
 * Ingress, egress and feedback: vertices that pass everything on (Naiad §2.1).
 *
 * What they do to timestamps is their stage's (`graph/stage.ts`), so one vertex serves all three. They need no
 * notifications: what they hold is nothing.
 */
import type { ConnectorId } from '../graph/connector.ts'
import type { NotifyOutcome, Parcel, Vertex, VertexContext } from '../graph/vertex.ts'
import type { Timestamp } from '../progress/timestamp.ts'

export class ForwardVertex implements Vertex {
  #context: VertexContext
  #targets: readonly ConnectorId[]

  constructor(context: VertexContext, targets: readonly ConnectorId[]) {
    this.#context = context
    this.#targets = targets
  }

  onRecv(_connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    for (let at = 0; at < this.#targets.length; at++) {
      this.#context.sendBy(this.#targets[at]!, parcel, time)
    }
  }

  onNotify(): NotifyOutcome {
    return 'done'
  }
}
