/**
 * The rule that picks kernels: in which form records go along a path, and in which tables they end.
 *
 * A chain's kernels are its longest prefix from the closed list (`plan/functions.ts`) over a source's text. It stays
 * text to the end only where that is all there is and the target can take it: an output, or an operator on column
 * tables. An operator has column tables if it sums, and every path into it is kernels up to `withOne`.
 *
 * Pairs of integers stay numbers in the same way: as far as operators pass them on (`number-form.ts`), to an output, or to column
 * tables whose keys are integers. Where plain functions come first, filters with a kernel that a chain over a source of them begins
 * with are before them.
 */
import type { ColumnReduce } from '../kernels/table-layout.ts'
import type { Dataflow, DataflowOperator, DataflowPath, NarrowNode } from '../plan/dataflow.ts'
import { isStamped } from '../plan/operator-traits.ts'
import type { KernelCall, PlanFunction } from '../plan/plan.ts'
import { carriedOn, numberFormOf, numberKernels } from './number-form.ts'

const NODE_OF_KERNEL: Readonly<Record<string, NarrowNode['kind']>> = {
  words: 'flatMap',
  contains: 'filter',
  'longer-than': 'filter',
  prefix: 'map',
  'lower-case': 'map',
  'with-one': 'map',
}

/** How a path's chain runs: kernels over text or numbers first, then plain functions. */
export interface PathForm {
  readonly kernels: readonly KernelCall[]
  readonly rest: readonly NarrowNode[]
  /** What comes out; `rows` only of an operator's rows that pass unchanged. */
  readonly gives: 'text' | 'numbers' | 'values' | 'rows'
}

/** The kernels that a chain over text begins with. Pairs end it: no kernel takes them. */
export function kernelPrefix(chain: readonly NarrowNode[]): readonly KernelCall[] {
  const calls: KernelCall[] = []
  for (const node of chain) {
    const call = (node.f as PlanFunction).kernel
    if (call === undefined || NODE_OF_KERNEL[call.name] !== node.kind) break
    calls.push(call)
    if (call.name === 'with-one') break
  }
  return calls
}

/** The filters that a chain over numbers begins with. */
function numberFilters(chain: readonly NarrowNode[]): readonly KernelCall[] {
  const calls: KernelCall[] = []
  for (const { kind, f } of chain) {
    const call = (f as PlanFunction).kernel
    if (kind !== 'filter' || call?.name !== 'where-equals') break
    calls.push(call)
  }
  return calls
}

/** Whether an operator's tables are columns with keys of text. */
export function usesColumns(dataflow: Dataflow, operator: DataflowOperator): boolean {
  if (reduceOf(operator) !== 'sum') return false
  return pathsInto(dataflow, operator).every(({ from, chain }) => {
    const kernels = kernelPrefix(chain)
    return (
      givesText(dataflow.operators[from]!) &&
      kernels.length === chain.length &&
      kernels.at(-1)?.name === 'with-one'
    )
  })
}

function pathsInto({ paths }: Dataflow, { id }: DataflowOperator): readonly DataflowPath[] {
  return paths.filter(({ to }) => to.kind === 'operator' && to.operator === id)
}

/** Whether kernels can take what an operator gives: records that carry a time are pairs. */
function givesText(operator: DataflowOperator): boolean {
  return operator.kind === 'source' && operator.format === undefined && !isStamped(operator)
}

/** Whether it is a source of pairs of integers, which filters can take. */
function givesPairs(operator: DataflowOperator): boolean {
  return operator.kind === 'source' && operator.format === 'u32x2' && !isStamped(operator)
}

/** How an operator reduces numbers, if its tables are columns with integer keys and 64-bit values. */
export function numberReduce(
  dataflow: Dataflow,
  operator: DataflowOperator,
): ColumnReduce | undefined {
  const reduce = reduceOf(operator)
  if (reduce === undefined) return undefined
  const isOfNumbers = pathsInto(dataflow, operator).every(
    (path) => carriedOn(dataflow, path) === 'records',
  )
  return isOfNumbers && numberFormOf(dataflow, operator) === undefined ? reduce : undefined
}

function takesNumbers(dataflow: Dataflow, operator: DataflowOperator): boolean {
  return (
    numberFormOf(dataflow, operator) !== undefined || numberReduce(dataflow, operator) !== undefined
  )
}

/** The reduce of an operator, if kernels have it. */
function reduceOf(operator: DataflowOperator): ColumnReduce | undefined {
  switch (operator.kind) {
    case 'reduceByKey':
    case 'runningReduce':
      return columnReduce(operator.f)
    case 'reduceByWindow': {
      const { merge, inverse } = operator
      const reduce = columnReduce(merge)
      const inverts = inverse === undefined || (reduce === 'sum' && isDifference(inverse))
      return inverts ? reduce : undefined
    }
    default:
      return undefined
  }
}

function columnReduce({ kernel }: PlanFunction): ColumnReduce | undefined {
  const name = kernel?.name
  return name === 'sum' || name === 'min' || name === 'max' ? name : undefined
}

function isDifference({ kernel }: PlanFunction): boolean {
  return kernel?.name === 'difference'
}

/** The form of a path when kernels may be used. */
export function columnForm(dataflow: Dataflow, path: DataflowPath): PathForm {
  const from = dataflow.operators[path.from]!
  const { to, chain } = path
  if (carriedOn(dataflow, path) !== undefined) {
    const stays = to.kind === 'output' || takesNumbers(dataflow, dataflow.operators[to.operator]!)
    if (stays) return { kernels: numberKernels(path), rest: [], gives: 'numbers' }
  }
  // It gives pairs (event, row) already, which the first map would have made.
  if (numberFormOf(dataflow, from)?.kind === 'join') {
    return { kernels: [], rest: chain.slice(1), gives: 'values' }
  }
  if (givesPairs(from)) {
    const kernels = numberFilters(chain)
    return { kernels, rest: chain.slice(kernels.length), gives: 'values' }
  }
  if (!givesText(from)) return plainForm(dataflow, path)
  const kernels = kernelPrefix(chain)
  const takesText = to.kind === 'output' || usesColumns(dataflow, dataflow.operators[to.operator]!)
  if (takesText && kernels.length === chain.length) return { kernels, rest: [], gives: 'text' }
  // As text there is no pair: where plain functions follow, they make it.
  const early = kernels.filter((call) => call.name !== 'with-one')
  return { kernels: early, rest: chain.slice(early.length), gives: 'values' }
}

/** The form of a path when they may not. */
export function plainForm(dataflow: Dataflow, path: DataflowPath): PathForm {
  const ofRows = dataflow.operators[path.from]!.kind !== 'source' && path.chain.length === 0
  return { kernels: [], rest: path.chain, gives: ofRows ? 'rows' : 'values' }
}
