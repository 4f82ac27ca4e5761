/**
 * `iterate`: rounds, one after the other, until one passes nothing on.
 *
 * Round 0 has what enters the loop in a period: its input, and what else the body reads from outside. Round k + 1 has what
 * `next` put out in round k. A round is a period of every word in the body; a round of an outer loop runs the
 * inner loop to its end. The body keeps its state from round to round and from period to period. A `fresh` loop begins each
 * period with no state, so that its result depends on what entered in that period alone.
 *
 * `rounds` is how many rounds there are at most: what `next` puts out in the last one is dropped. Round 0 is always there.
 */
import type { NodeId } from '../plan/plan.ts'
import type { TickEnd } from '../units.ts'
import { ChangingTable } from './changing-table.ts'
import type { Evaluation, PutOut } from './evaluation.ts'
import type { Records, Word } from './word.ts'

/** A loop that nothing else bounds, and that is still going then, has no end. */
const ROUNDS_MAX = 10_000

export interface Loop {
  /** The loop variable. */
  readonly variable: NodeId
  /** What enters as the loop variable. */
  readonly input: NodeId
  readonly next: NodeId
  readonly result: NodeId
  readonly rounds: number
  readonly fresh: boolean
  /** Whether the result is a table: then it puts out the net changes over all rounds of a period, else all records. */
  readonly resultIsTable: boolean
  /** The nodes outside of which something is read: the word's inputs, in this order. */
  readonly entering: readonly NodeId[]
  readonly newBody: () => Evaluation
}

/** Errors: `Error` for a loop that does not end. */
export function iterated(loop: Loop): Word {
  const settled = new ChangingTable()
  let body = loop.newBody()
  return (arrived, end) => {
    if (loop.fresh) {
      body = loop.newBody()
      settled.become(new Map())
    }
    const entered = new Map(loop.entering.map((id, place) => [id, arrived[place]!]))
    entered.set(loop.variable, entered.get(loop.input) ?? [])
    const records = resultOf(loop, { body, entered, end })
    if (!loop.resultIsTable) return records
    settled.follow(records)
    return settled.changes()
  }
}

interface Period {
  readonly body: Evaluation
  readonly entered: PutOut
  readonly end: TickEnd
}

/** What `result` puts out in the rounds of a period, in order. */
function resultOf({ variable, next, result, rounds }: Loop, period: Period): Records {
  const { body, end } = period
  const results: Records[] = []
  let entering = period.entered
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const putOut = body.evaluate(entering, end)
    results.push(putOut.get(result) ?? [])
    const passedOn = putOut.get(next) ?? []
    const isLast = round + 1 >= rounds && rounds < ROUNDS_MAX
    if (passedOn.length === 0 || isLast) return results.flat()
    entering = new Map([[variable, passedOn]])
  }
  throw new Error(`the loop of node ${variable}: round ${ROUNDS_MAX} at ${end}. A loop must end`)
}
