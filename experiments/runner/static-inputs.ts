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

/**
 * Records by URL; paths are from the checkout, as modules are.
 *
 * Errors: `InputError` for a URL that names no file and of which the workload makes no records, for a file that cannot be read
 * or has no record, and for a row that is none: of static data each one counts.
 */
export function staticInputsOf(
  { workload, parameters }: Pick<TrialSpec, 'workload' | 'parameters'>,
  plan: Plan,
): Readonly<Record<string, PoolBytes>> {
  const made = workloadNamed(workload).staticInputs?.(parameters) ?? {}
  const inputs: Record<string, PoolBytes> = {}
  for (const node of plan.nodes) {
    if (node.kind !== 'source' || !node.static) continue
    const { url } = node
    inputs[url] ??= made[url] ?? recordsInFile(url, plan)
  }
  return inputs
}

function recordsInFile(url: string, plan: Plan): PoolBytes {
  if (!url.startsWith(FILE)) throw noRecords(url)
  const path = fileURLToPath(new URL(url.slice(FILE.length), CHECKOUT))
  const reads = staticFormatRead(plan, url)
  if (reads === 'u32x2') throw pairsInFile(url)
  const { pool, malformed } = textFile(path, { reads })
  if (malformed.count > 0) throw malformedRows(url, malformed)
  return pool
}

function noRecords(url: string): InputError {
  return new InputError({
    asked: `the static input ${url}`,
    found: 'no file, and no records that the workload makes',
    rule: 'static data is read before the run',
    remedy: `Name a file: readStatic('${FILE}path')`,
  })
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
