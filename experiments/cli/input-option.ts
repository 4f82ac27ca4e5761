/**
 * `--input`: where a trial's records come from, resolved before the run so that a bad input leaves no run behind.
 *
 * A name of a built-in input, a file or directory, or lines that arrive (`live-option.ts`). A file is read here once, to find out whether it can be read, what
 * its hash is and whether it is text; the trial's process reads it again. Its path is recorded from the checkout, so that
 * a manifest names no folder of this machine above it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { INPUT_KINDS } from '../../workloads/input/input.ts'
import { textFile } from '../../workloads/input/text-file.ts'
import type { GivenParameters } from '../../workloads/parameters.ts'
import type { Workload } from '../../workloads/workload.ts'
import { checkout } from '../runner/command-io.ts'
import type { InputSpec } from '../runner/trial-spec.ts'
import { liveInputOf } from './live-option.ts'
import { nearest } from './nearest.ts'

/** Inputs that have a name; everything else is a path. */
export const NAMED_INPUTS = INPUT_KINDS.filter((kind) => kind !== 'file')

export interface ResolvedInput {
  readonly spec: InputSpec
  /** Parameters of the workload that suit this input; what the user sets goes before. */
  readonly parameters: GivenParameters
  /** Of what was read from files: hash of the records, each with its line feed. */
  readonly sha256?: string
  readonly warnings: readonly string[]
}

/** Errors: `ConfigurationError` for an input that the workload cannot read, `InputError` for one that cannot be read. */
export function resolveInput(
  workload: Workload,
  text: string | undefined,
  options: Pick<InputSpec, 'records' | 'seed'>,
): ResolvedInput {
  if (text === '') {
    throw new ConfigurationError({
      asked: '--input ""',
      found: 'no name',
      rule: `${workload.name} reads ${inputsOf(workload).join(', ')}`,
      remedy: 'Choose one of these',
    })
  }
  const live = liveInputOf(text)
  const named = NAMED_INPUTS.find((kind) => kind === text)
  const kind = text === undefined ? workload.inputs[0]!.kind : (named ?? 'file')
  const input = workload.inputs.find((candidate) => candidate.kind === kind)
  if (input === undefined) {
    throw new ConfigurationError({
      asked: `--input ${text} for ${workload.name}`,
      found: 'records that it cannot read',
      rule: `${workload.name} reads ${inputsOf(workload).join(', ')}`,
      remedy: 'Choose one of these',
    })
  }
  const parameters = input.parameters ?? {}
  if (live !== undefined) return { spec: { kind: 'file', live }, parameters, warnings: [] }
  if (kind !== 'file') return { spec: { kind, ...options }, parameters, warnings: [] }
  return { ...readInput(text!), parameters }
}

/** What a workload can be given by `--input`, as users write it. */
export function inputsOf(workload: Workload): readonly string[] {
  return workload.inputs.flatMap(({ kind }) =>
    kind === 'file' ? ['a file or directory', '- (standard input)', 'http(s)://…'] : [kind],
  )
}

/** The path of a recorded input, on this machine. */
export function pathOnDisk(spec: InputSpec): InputSpec {
  return spec.path === undefined ? spec : { ...spec, path: resolve(checkout, spec.path) }
}

/** Reads a file or directory as it is named, and describes it. */
export function readInput(path: string): Pick<ResolvedInput, 'spec' | 'sha256' | 'warnings'> {
  const known = nearest(path, NAMED_INPUTS)
  if (known !== undefined && !existsSync(path)) {
    throw new ConfigurationError({
      asked: `--input ${path}`,
      found: 'no such file or directory',
      rule: `An input is a path or one of ${NAMED_INPUTS.join(', ')}`,
      remedy: `Did you mean ${known}`,
    })
  }
  const { pool, linesNotUtf8 } = textFile(path)
  const lines = pool.offsets.length - 1
  return {
    spec: { kind: 'file', path: relative(checkout, resolve(path)) || '.' },
    sha256: createHash('sha256').update(pool.bytes).digest('hex'),
    warnings:
      linesNotUtf8 === 0
        ? []
        : [
            `${linesNotUtf8} of ${lines} lines of ${isAbsolute(path) ? relative(checkout, path) : path} are not UTF-8. They are kept and processed as bytes.`,
          ],
  }
}
