/**
 * States that cannot be changed: steps of `evolve` are pure, since clones of a table share its states, and one that is not
 * throws here. A join that runs on numbers has no states as values, and stays what it is: it is known by its step.
 */
import { numberFormOf } from '../../engines/core/operators/number-form.ts'
import type { Dataflow, Step } from '../../engines/core/plan/dataflow.ts'

export function withFrozenStates(dataflow: Dataflow): Dataflow {
  const operators = dataflow.operators.map((operator) =>
    operator.kind === 'evolve' && numberFormOf(dataflow, operator) === undefined
      ? { ...operator, step: frozen(operator.step) }
      : operator,
  )
  return { ...dataflow, operators }
}

function frozen(step: Step): Step {
  return (key, state, arrived, end) => {
    const stepped = step(key, state, arrived, end)
    freeze(stepped?.state)
    return stepped
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}
