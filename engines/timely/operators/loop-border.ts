/**
 * Borders of a plan's loops: ingress, egress, and the feedback, which knows how many rounds there may be.
 *
 * Rows that would begin a round beyond the bound of a loop are dropped. A loop that nothing bounds has `ROUNDS_MAX`: one that
 * gets there has no end, and is refused by name.
 */
import type { UserFunctionError } from '../../core/errors.ts'
import { endless } from '../../core/plan/loops.ts'
import { ROUNDS_MAX } from '../../core/plan/plan.ts'
import type { Nanos, TickEnd } from '../../core/units.ts'
import { ForwardVertex } from '../dataflow/feedback.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { NotifyOutcome, Parcel, Vertex, VertexContext } from '../graph/vertex.ts'
import type { BorderPlan } from '../lower.ts'
import type { Timestamp } from '../progress/timestamp.ts'

export interface BorderOptions {
  readonly border: BorderPlan
  /** Where the run's clock starts. */
  readonly clock: Nanos
  /** Where the tick of an epoch ends. */
  endOf(epoch: number): TickEnd
}

export function newBorder(context: VertexContext, options: BorderOptions): Vertex {
  const { kind, target } = options.border
  const forward = new ForwardVertex(context, [target])
  return kind === 'feedback' ? new BoundedFeedback(forward, options) : forward
}

class BoundedFeedback implements Vertex {
  #forward: ForwardVertex
  #options: BorderOptions

  constructor(forward: ForwardVertex, options: BorderOptions) {
    this.#forward = forward
    this.#options = options
  }

  onRecv(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const { rounds } = this.#options.border.loop
    if (time[time.length - 1]! + 1 < rounds) this.#forward.onRecv(connector, parcel, time)
    else if (rounds === ROUNDS_MAX) throw this.#endless(time)
  }

  onNotify(): NotifyOutcome {
    return 'done'
  }

  #endless(time: Timestamp): UserFunctionError {
    const { border, clock, endOf } = this.#options
    return endless(border.loop, endOf(time[0]!), clock)
  }
}
