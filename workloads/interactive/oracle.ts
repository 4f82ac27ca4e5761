/** What must be answered: of each node that was asked for the least node that it is connected with, then or before. */

import { UnionFind } from '../connected-components/union-find.ts'
import { multiplesOf, type Oracle } from '../oracle.ts'
import { type Binary, DigestSums, digestOfRow, INTEGER, integerBody } from '../oracle-digest.ts'
import { nanosOf } from '../oracle-folds.ts'
import { dueOf, type Link, NodeKeys, nodeIn } from '../oracle-graphs.ts'

export interface InteractiveParameters {
  readonly interval: string
  readonly answers: string
}

type Event = { readonly link: Link } | { readonly asked: number }

/** Errors: throws for an event that is neither an edge nor a question. */
export function interactiveOracle({ interval, answers }: InteractiveParameters): Oracle {
  const events = dueOf(eventOf)
  return {
    *expect(input) {
      const due = events(input)
      const graph = new UnionFind()
      const keys = new NodeKeys(input.partitions)
      const sums = new DigestSums(input.partitions)
      const answer = (node: number, times: number): void => {
        const row = digestOfRow(integer(node), integer(graph.leastOf(node)))
        sums.addDigest(keys.of(node).partition, row, times)
      }
      for (const tick of multiplesOf(nanosOf(interval), input.input.duration)) {
        const came = [...due(tick)]
        if (answers === 'stale') askAll(came, answer)
        for (const [event] of came) if ('link' in event) graph.unite(...event.link)
        if (answers === 'fresh') askAll(came, answer)
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

function askAll(
  came: readonly (readonly [Event, number])[],
  answer: (node: number, times: number) => void,
): void {
  for (const [event, times] of came) if ('asked' in event) answer(event.asked, times)
}

const integer = (value: number) => ({ tag: INTEGER, body: integerBody(value) })

function eventOf(record: Binary): Event {
  const fields = record.split('|')
  if (fields[0] === 'ask' && fields.length === 2) return { asked: nodeIn(fields[1]!) }
  if (fields[0] === 'link' && fields.length === 3) {
    return { link: [nodeIn(fields[1]!), nodeIn(fields[2]!)] }
  }
  throw new TypeError(`neither an edge nor a question: ${record}`)
}
