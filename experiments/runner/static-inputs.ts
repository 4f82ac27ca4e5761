/** The inputs of static data: made by the workload, or read from the files that the plan names. */
import { fileURLToPath } from 'node:url'
import { TEXT_FORMAT } from '../../engines/core/input/formats/input-format.ts'
import { staticFormatRead } from '../../engines/core/plan/formats.ts'
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
  plan: Plan,
): Readonly<Record<string, PoolBytes>> {
  const made = workloadNamed(workload).staticInputs?.(parameters) ?? {}
  const inputs: Record<string, PoolBytes> = {}
  for (const node of plan.nodes) {
    if (node.kind !== 'source' || !node.static) continue
    const { url } = node
    const known = made[url]
    if (known !== undefined) inputs[url] = known
    else if (url.startsWith(FILE)) {
      const path = fileURLToPath(new URL(url.slice(FILE.length), CHECKOUT))
      const reads = staticFormatRead(plan, url)
      // A plan that reads pairs of integers is refused where it is cut.
      inputs[url] = textFile(path, reads === 'u32x2' ? TEXT_FORMAT : { reads, strict: true }).pool
    }
  }
  return inputs
}
