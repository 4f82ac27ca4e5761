/** A fault with its place in the trial's plan, which is its name in the history and in the run's memory. */
import type { Fault, FaultPlan, Link } from '../../../faults/fault.ts'
import type { ProcessId } from '../../../units.ts'

export type PlacedFault = Fault & { readonly place: number }

export function placed(plan: FaultPlan): readonly PlacedFault[] {
  return plan.map((fault, place) => ({ ...fault, place }))
}

/** The links that a fault acts on: none, if it is no fault of links. */
export function linksOf(fault: Fault): readonly Link[] {
  return 'links' in fault ? fault.links : []
}

/** Whether the thread of a process carries a fault out, or may be the one that sees its moment come. */
export function concerns(fault: Fault, process: ProcessId): boolean {
  if (typeof fault.at !== 'number') return true
  if (linksOf(fault).some(({ from }) => from === process)) return true
  switch (fault.kind) {
    case 'pause':
    case 'slow':
    case 'skew':
      return fault.process === process
    default:
      return false
  }
}
