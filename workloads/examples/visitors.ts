/**
 * An example of a plan of your own: how many users have visited each page.
 *
 *   npm start -- run --plan workloads/examples/visitors.ts#visitors --input views.csv
 *
 * A module exports functions of parameters, which `--set name=value` gives as text; they return a stream, or several. Each
 * process of a run calls the function again, so it depends on its parameters only.
 */
import { readStream, type TableStream } from '../../engines/core/plan/stream.ts'

interface View {
  readonly url: string
  readonly user: string
}

interface Parameters {
  readonly interval?: string
}

export function visitors({ interval = '1s' }: Parameters): TableStream<string, number> {
  return readStream<View>('input:views.jsonl', interval)
    .map(({ url, user }) => [url, user])
    .distinct()
    .map(([url]) => [url, 1])
    .runningReduce((a, b) => a + b)
    .collect('visitors')
}
