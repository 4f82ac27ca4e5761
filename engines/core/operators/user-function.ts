/** Calls of functions that the user gave: what they throw is reported with record, operator and logical time. */
import { UserFunctionError } from '../errors.ts'
import { formatDuration } from '../plan/duration.ts'
import type { PlanFunction } from '../plan/plan.ts'
import type { LogicalContext } from './lowered.ts'

const RECORD_CHARACTERS_MAX = 80

/** Which operator calls the function, as messages name it. */
export interface CallingOperator {
  readonly kind: string
  readonly id: number
}

/** A record for a message: shortened, and never the cause of another error. */
export function shownRecord(record: unknown): string {
  let text: string
  try {
    text = typeof record === 'string' ? `'${record}'` : (JSON.stringify(record) ?? String(record))
  } catch {
    text = String(record)
  }
  if (text.length <= RECORD_CHARACTERS_MAX) return text
  return `${text.slice(0, RECORD_CHARACTERS_MAX - 1)}…`
}

/** The error for a function that threw `cause` on `record`. */
export function userFunctionError(
  cause: unknown,
  record: unknown,
  operator: CallingOperator,
  context: LogicalContext,
): UserFunctionError {
  const shown = shownRecord(record)
  const time = formatDuration(context.tick)
  return new UserFunctionError(
    {
      asked: `${operator.kind} (node ${operator.id}) of the record ${shown} in the tick that ends at ${time}`,
      found: `its function threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      rule: 'a function of a plan returns a value for every record that reaches it',
      remedy: 'Handle the record in the function, or filter it out before',
    },
    { operator: operator.kind, node: operator.id, record: shown, tick: context.tick },
    cause,
  )
}

/** The inverse of a window's reduce, whose errors are reported. For reduces see `reduce-laws.ts`. */
export function guardedInverse(
  f: PlanFunction,
  operator: CallingOperator,
  context: LogicalContext,
): PlanFunction {
  return (total: unknown, leaving: unknown): unknown => {
    try {
      return f(total, leaving)
    } catch (cause) {
      throw userFunctionError(cause, [total, leaving], operator, context)
    }
  }
}
