/** The inputs of static data: made by the workload, or read from the files that the plan names. */
import { fileURLToPath } from 'node:url'
import type { Plan } from '../../engines/core/plan/plan.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { textFile } from '../../workloads/input/text-file.ts'
import type { TrialSpec } from './trial-spec.ts'

const CHECKOUT = new URL('../../', import.meta.url)
const FILE = 'file:'

/** By URL; paths are from the checkout, as modules are. What neither has is left to the run, which names it. */
export function staticInputsOf(
  { workload, parameters }: Pick<TrialSpec, 'workload' | 'parameters'>,
  { nodes }: Plan,
): Readonly<Record<string, PoolBytes>> {
  const made = workloadNamed(workload).staticInputs?.(parameters) ?? {}
  const inputs: Record<string, PoolBytes> = {}
  for (const node of nodes) {
    if (node.kind !== 'source' || !node.static) continue
    const { url } = node
    const known = made[url]
    if (known !== undefined) inputs[url] = known
    else if (url.startsWith(FILE)) {
      inputs[url] = textFile(fileURLToPath(new URL(url.slice(FILE.length), CHECKOUT))).pool
    }
  }
  return inputs
}
