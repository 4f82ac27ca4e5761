/**
 * Where records are numbers: pairs of 32-bit integers, from the sources that have them through operators whose tables are made
 * of them, and around loops.
 *
 *   exchange, and what waits at the border of a loop       tables of pairs in order     (`number-table.ts`)
 *   runningReduce(min or max) in a loop, or behind it       tables of extremes           (`extremes-table.ts`)
 *   a join of such a table in a loop, then `eventAndRow`    the join's own               (`integer-join.ts`)
 *
 * An operator is one of them if all paths into it carry numbers. In a loop that depends on itself: the largest set of operators
 * is taken that agrees with itself, found by leaving out those that do not.
 */
import type {
  Dataflow,
  DataflowOperator,
  DataflowPath,
  NarrowNode,
  OperatorId,
} from '../plan/dataflow.ts'
import { joinStep } from '../plan/joins.ts'
import { isStamped } from '../plan/operator-traits.ts'
import type { KernelCall, PlanFunction } from '../plan/plan.ts'
import type { Extreme } from '../tables/extremes-table.ts'

export type NumberForm =
  | { readonly kind: 'source' | 'pairs' | 'join' }
  | { readonly kind: 'extremes'; readonly reduce: Extreme }

/** What a path's pairs are where they arrive: records, or one of the sides of a join. */
export type Carried = 'records' | 'rows' | 'events'

const NODE_OF_KERNEL: Readonly<Record<string, NarrowNode['kind']>> = {
  'both-ways': 'flatMap',
  'with-lesser': 'map',
  'event-and-row': 'map',
  'row-of-join': 'stamp',
  'event-of-join': 'map',
}

type Forms = ReadonlyMap<OperatorId, NumberForm>

const known = new WeakMap<Dataflow, Forms>()

export function numberFormOf(
  dataflow: Dataflow,
  { id }: Pick<DataflowOperator, 'id'>,
): NumberForm | undefined {
  let forms = known.get(dataflow)
  if (forms === undefined) {
    forms = agreedForms(dataflow)
    known.set(dataflow, forms)
  }
  return forms.get(id)
}

/** What a path carries if its records are numbers from its beginning to its end. */
export function carriedOn(dataflow: Dataflow, path: DataflowPath): Carried | undefined {
  const form = numberFormOf(dataflow, { id: path.from })
  return form === undefined ? undefined : carried(dataflow, known.get(dataflow)!, path)
}

/** The kernels of a path that carries numbers. */
export function numberKernels({ chain }: DataflowPath): readonly KernelCall[] {
  return chain.flatMap((node) => {
    const call = callOf(node)
    return call?.name === 'both-ways' || call?.name === 'with-lesser' ? [call] : []
  })
}

function callOf({ kind, f }: NarrowNode): KernelCall | undefined {
  const { kernel } = f as PlanFunction
  return kernel !== undefined && NODE_OF_KERNEL[kernel.name] === kind ? kernel : undefined
}

function agreedForms(dataflow: Dataflow): Forms {
  const forms = new Map<OperatorId, NumberForm>()
  for (const operator of dataflow.operators) {
    const form = candidate(dataflow, operator)
    if (form !== undefined) forms.set(operator.id, form)
  }
  for (let before = -1; before !== forms.size; ) {
    before = forms.size
    for (const [id, form] of forms) if (!agrees(dataflow, forms, id, form)) forms.delete(id)
  }
  return forms
}

/** What an operator is if numbers come to it. */
function candidate(dataflow: Dataflow, operator: DataflowOperator): NumberForm | undefined {
  switch (operator.kind) {
    case 'source':
      return operator.format === 'u32x2' && !isStamped(operator) ? { kind: 'source' } : undefined
    case 'exchange':
      return { kind: 'pairs' }
    case 'window': {
      const waits = pathsFrom(dataflow, operator.id).every(({ crossings }) => crossings.length > 0)
      return waits ? { kind: 'pairs' } : undefined
    }
    case 'evolve':
      return operator.step === joinStep && operator.loops.length > 0 ? { kind: 'join' } : undefined
    case 'runningReduce': {
      const name = operator.f.kernel?.name
      if (name !== 'min' && name !== 'max') return undefined
      return isOfLoop(dataflow, operator) ? { kind: 'extremes', reduce: name } : undefined
    }
    default:
      return undefined
  }
}

/** In a loop or right behind one, where no one ranks it. */
function isOfLoop(dataflow: Dataflow, { id, loops }: DataflowOperator): boolean {
  const isRanked = pathsFrom(dataflow, id).some(
    ({ to }) => to.kind === 'operator' && dataflow.operators[to.operator]!.kind === 'topK',
  )
  const into = pathsInto(dataflow, id)
  const settles =
    into.length > 0 && into.every(({ crossings }) => crossings.at(-1)?.kind === 'egress')
  return !isRanked && (loops.length > 0 || settles)
}

function agrees(dataflow: Dataflow, forms: Forms, id: OperatorId, form: NumberForm): boolean {
  const into = pathsInto(dataflow, id).map((path) => carried(dataflow, forms, path))
  switch (form.kind) {
    case 'source':
      return true
    case 'extremes':
      return into.every((each) => each === 'records')
    case 'pairs': {
      const [first] = into
      if (first === undefined || into.some((each) => each !== first)) return false
      return first === 'records' || isOnlyJoined(dataflow, forms, id)
    }
    case 'join':
      return (
        into.every((each) => each === 'rows' || each === 'events') &&
        pathsFrom(dataflow, id).every((path) => isTurned(path))
      )
  }
}

function carried(dataflow: Dataflow, forms: Forms, path: DataflowPath): Carried | undefined {
  const form = forms.get(path.from)
  if (form === undefined) return undefined
  if (form.kind === 'join' && !isTurned(path)) return undefined
  const chain = form.kind === 'join' ? path.chain.slice(1) : path.chain
  let now = givenBy(dataflow, forms, path.from)
  for (const node of chain) {
    const name = callOf(node)?.name
    if (now !== 'records') return undefined
    if (name === 'event-of-join') now = 'events'
    else if (name === 'row-of-join' && form.kind === 'extremes') now = 'rows'
    else if (name !== 'both-ways' && name !== 'with-lesser') return undefined
  }
  return now
}

/** Whether what an operator gives goes to joins of numbers alone. */
function isOnlyJoined(dataflow: Dataflow, forms: Forms, id: OperatorId): boolean {
  return pathsFrom(dataflow, id).every(
    ({ chain, to }) =>
      chain.length === 0 && to.kind === 'operator' && forms.get(to.operator)?.kind === 'join',
  )
}

/** Whether pairs (event, row) of a join are what the path begins with. */
function isTurned({ chain }: DataflowPath): boolean {
  return chain[0] !== undefined && callOf(chain[0])?.name === 'event-and-row'
}

/** What waits at a border may be events of a join already. */
function givenBy(dataflow: Dataflow, forms: Forms, id: OperatorId): Carried | undefined {
  const [first] = pathsInto(dataflow, id)
  if (dataflow.operators[id]!.kind !== 'window' || first === undefined) return 'records'
  return carried(dataflow, forms, first)
}

function pathsInto({ paths }: Dataflow, id: OperatorId): readonly DataflowPath[] {
  return paths.filter(({ to }) => to.kind === 'operator' && to.operator === id)
}

function pathsFrom({ paths }: Dataflow, id: OperatorId): readonly DataflowPath[] {
  return paths.filter(({ from }) => from === id)
}
