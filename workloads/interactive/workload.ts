/**
 * Questions to an iterative computation that goes on (Naiad §6.4, Figure 8): of the same input some records are edges of a
 * growing graph, others ask for the component of a node.
 *
 * The timely engine's answer to ad-hoc queries: a question is a record, and is answered at its timestamp. *Fresh* answers have
 * the components at the end of the interval in which the question came, *stale* ones those of the interval before.
 *
 * Differs from Naiad, where stale answers come sooner: there a vertex answers before the loop is done. Here an operator ends
 * an interval when all that it reads has, so both come when the loop has ended.
 */
import { sum } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { components, type Edge } from '../connected-components/components.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { interactiveOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  answers: {
    kind: 'choice',
    default: 'fresh',
    choices: ['fresh', 'stale'],
    description:
      'whether an answer knows the edges of its interval, or those of earlier ones alone',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('interactive', PARAMETERS, given)

type Node = number

export function plan(given: GivenParameters): EventStream<[Node, Node]> {
  const { interval, answers } = resolve(given)
  const events = readStream<string>('input:graph-events', interval)
  const labels = components(events.flatMap(edgeIn)).changes()
  const questions = events
    .flatMap(questionIn)
    .map((node): [Node, number] => [node, 1])
    .reduceByKey(sum)
  return answered(labels, questions, answers === 'fresh').collect('answers')
}

/** `link|from|to` */
function edgeIn(event: string): Edge[] {
  const [kind, from, to] = event.split('|')
  return kind === 'link' ? [[Number(from), Number(to)]] : []
}

/** `ask|node` */
function questionIn(event: string): Node[] {
  const [kind, node] = event.split('|')
  return kind === 'ask' ? [Number(node)] : []
}

interface Answers {
  /** The component of the node now, and as it is answered. */
  readonly label: Node
  readonly answer: Node
  /** Questions of this interval, and of all: so that each interval with questions has another state. */
  readonly times: number
  readonly ever: number
}

function answered(
  labels: EventStream<[Node, Node | undefined]>,
  questions: EventStream<[Node, number]>,
  isFresh: boolean,
): EventStream<[Node, Node]> {
  const then = (
    { label: before, ever }: Pick<Answers, 'label' | 'ever'>,
    [[label = before], [times = 0]]: Came,
  ): Answers => {
    return { label, answer: isFresh ? label : before, times, ever: ever + times }
  }
  return labels
    .cogroup(questions)
    .track(
      (node, came): Answers | null => then({ label: node, ever: 0 }, came),
      (_node, before, came): Answers | null => then(before, came),
    )
    .changes()
    .flatMap(([node, state]): [Node, Node][] =>
      Array.from({ length: state!.times }, () => [node, state!.answer]),
    )
}

/** Of a node in one interval: its new label, and how often it was asked for, if it was. */
type Came = readonly [labels: readonly (Node | undefined)[], times: readonly number[]]

export const interactive: Workload = {
  name: 'interactive',
  description: 'Answers for components of a growing graph, as they are or as they were.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'graph-events' }],
  operators:
    'flatMap, flatMap; map, iterate (runningReduce, join with all edges, map), changes; flatMap, map, reduceByKey; cogroup of both, track, changes, flatMap',
  state: 'that of connected-components; of each node its label and how often it was asked for',
  paper: 'Naiad Figure 8',
  invariants: [
    'each question is answered once, at the end of its interval',
    'an answer is at most the number of the node',
  ],
  plan: (given) => ({
    module: 'workloads/interactive/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => interactiveOracle(resolve(given)),
}
