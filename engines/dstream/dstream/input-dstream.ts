/**
 * The input DStream over a replayable log (D-Streams §3.1, input loaded from storage): its RDD's partition p is the
 * records of log partition p that are due in the batch. Any worker can read it, so it is recomputed by reading again.
 */
import { StatelessDStream, type TaskContext, type TaskSteps } from './dstream.ts'

export class InputDStream extends StatelessDStream {
  override *compute(task: TaskContext): TaskSteps {
    yield* task.readInput(this)
  }
}
