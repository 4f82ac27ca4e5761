/** The inputs of static data: made by the workload, or read from the files that the plan names. */
import { fileURLToPath } from 'node:url'
import { InputError } from '../../engines/core/errors.ts'
import {
  describeMalformed,
  type MalformedRows,
} from '../../engines/core/input/formats/row-tally.ts'
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
      if (reads === 'u32x2') throw pairsInFile(url)
      const { pool, malformed } = textFile(path, { reads })
      if (malformed.count > 0) throw malformedRows(url, malformed)
      inputs[url] = pool
    }
  }
  return inputs
}

function pairsInFile(url: string): InputError {
  return new InputError({
    asked: `the static input ${url}`,
    found: 'a plan that reads pairs of integers',
    rule: 'files have rows of text, JSON or CSV',
    remedy: 'Have the workload make the pairs (staticInputs), or write them as text',
  })
}

function malformedRows(url: string, malformed: MalformedRows): InputError {
  return new InputError({
    asked: `the static input ${url}`,
    found: describeMalformed(malformed),
    rule: 'every row of static data is a record, since all that is joined with it depends on each',
    remedy: 'Mend the rows',
  })
}
