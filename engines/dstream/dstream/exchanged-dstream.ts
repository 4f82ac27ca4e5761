/** `exchange`: what came to a partition, sent on in the same batch. Its RDD is the shuffle that brought it. */
import { MAKE_EMISSION, StatelessDStream, type TaskContext, type TaskSteps } from './dstream.ts'

export class ExchangedDStream extends StatelessDStream {
  override *compute(task: TaskContext): TaskSteps {
    if ((task.mask & MAKE_EMISSION) === 0) return
    for (const path of this.inputs) {
      for (const rows of task.inputs(path)) {
        task.emit(this, { kind: 'rows', rows })
        if (task.over()) yield
      }
    }
  }
}
