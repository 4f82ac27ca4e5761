/** A plan that names the columns of its input: for this folder's tests. */
import { readStream, type TableStream } from '../../../plan/stream.ts'

interface View {
  readonly url: string
  readonly n: string
}

export function plan(): TableStream<string, number> {
  return readStream<View>('input:views', '100ms', { format: { csv: ['url', 'n'] } })
    .map(({ url, n }) => [url, Number(n)])
    .runningReduce((a, b) => a + b)
    .collect('counts')
}
