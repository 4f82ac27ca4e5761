/**
 * `--input`: where a trial's records come from, resolved before the run so that a bad input leaves no run behind.
 *
 * A name of a built-in input, a file or directory, or what arrives (`live-option.ts`). A file is read here once, to find out whether it can be read, what
 * its hash is, whether it is text and which of its rows are malformed; the trial's process reads it again. Its path is
 * recorded from the checkout, so that a manifest names no folder of this machine above it. Which format it is to have says the
 * workload's plan.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { type InputFormat, VALUE_FORMATS } from '../../engines/core/input/formats/input-format.ts'
import { describeMalformed } from '../../engines/core/input/formats/row-tally.ts'
import type { LiveInput } from '../../engines/core/input/live-input.ts'
import { nearest } from '../../engines/core/nearest.ts'
import { formatRead } from '../../engines/core/plan/formats.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { INPUT_KINDS, type InputKind, linesOf, PAIR_KINDS } from '../../workloads/input/input.ts'
import { checkLines } from '../../workloads/input/lines.ts'
import { textFile } from '../../workloads/input/text-file.ts'
import type { GivenParameters } from '../../workloads/parameters.ts'
import type { Workload } from '../../workloads/workload.ts'
import { checkout } from '../runner/command-io.ts'
import type { InputSpec } from '../runner/trial-spec.ts'
import { parseName } from './options.ts'
import type { TrialFlags } from './trial-flags.ts'

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

export interface InputRequest {
  readonly flags: Pick<TrialFlags, 'input' | 'format' | 'strict' | 'records' | 'recordBytes'>
  /** What arrives, if that is what is asked for. */
  readonly live: LiveInput | undefined
  /** Parameters that the user set. */
  readonly given: GivenParameters
  /** Of inputs that have a name. */
  readonly options: Pick<InputSpec, 'records' | 'recordBytes' | 'seed'>
}

/** Errors: `ConfigurationError` for an input that the workload cannot read, `InputError` for one that cannot be read. */
export async function resolveInput(
  workload: Workload,
  { flags, live, given, options }: InputRequest,
): Promise<ResolvedInput> {
  const text = flags.input
  if (text === '') {
    throw new ConfigurationError({
      asked: '--input ""',
      found: 'no name',
      rule: `${workload.name} reads ${inputsOf(workload).join(', ')}`,
      remedy: 'Choose one of these',
    })
  }
  const named = NAMED_INPUTS.find((kind) => kind === text)
  const asked = text === undefined ? workload.inputs[0]!.kind : (named ?? 'file')
  const kind = live === undefined ? asked : 'file'
  const input = workload.inputs.find((candidate) => candidate.kind === kind)
  if (input === undefined) {
    throw new ConfigurationError({
      asked: `--input ${text} for ${workload.name}`,
      found: 'records that it cannot read',
      rule: `${workload.name} reads ${inputsOf(workload).join(', ')}`,
      remedy: 'Choose one of these',
    })
  }
  if (options.records !== undefined && (kind === 'file' || kind === 'state-of-the-union')) {
    throw new ConfigurationError({
      asked: `--records ${flags.records} with --input ${text ?? kind}`,
      found: 'records that are there already',
      rule: 'Only an input that is made here can be as long as one likes',
      remedy: 'Drop --records',
    })
  }
  if (options.recordBytes !== undefined && kind !== 'lines') {
    const hasLines = workload.inputs.some((candidate) => candidate.kind === 'lines')
    throw new ConfigurationError({
      asked: `--record-bytes ${flags.recordBytes} with --input ${text ?? kind}`,
      found: 'records whose lengths are their own',
      rule: 'Only the input lines has records as long as one likes',
      remedy: hasLines ? 'Take --input lines, or drop --record-bytes' : 'Drop --record-bytes',
    })
  }
  if (kind === 'lines') checkLines(linesOf(options))
  const parameters = input.parameters ?? {}
  if (kind !== 'file') {
    refuseFormat(flags, kind, 'records that are made here', 'they are as they should be')
    await checkPairs(workload, { ...parameters, ...given }, kind)
    return { spec: { kind, ...options }, parameters, warnings: [] }
  }
  const format = await formatOf(workload, { ...parameters, ...given }, flags)
  if (live === undefined) return { ...readInput(text!, format), parameters }
  const { format: _, ...source } = live
  const spec = { kind, live: { ...source, ...(format && { format }) } }
  return { spec, parameters, warnings: [] }
}

/** What a workload can be given by `--input`, as users write it. */
export function inputsOf(workload: Workload): readonly string[] {
  return workload.inputs.flatMap(({ kind }) =>
    kind === 'file'
      ? ['a file or directory', '- (standard input)', 'http(s)://…', 'tcp://…']
      : [kind],
  )
}

/** How the input is to be read; undefined for lines of text. */
async function formatOf(
  workload: Workload,
  parameters: GivenParameters,
  flags: InputRequest['flags'],
): Promise<InputFormat | undefined> {
  const reads = formatRead(await loadPlan(workload.plan(parameters)))
  if (reads === 'u32x2') {
    throw new ConfigurationError({
      asked: `a file as input of ${workload.name}`,
      found: 'a plan that reads pairs of integers',
      rule: 'files have rows of text, JSON or CSV',
      remedy: 'Have the plan read text, and take it apart with map',
    })
  }
  if (reads === 'text') {
    refuseFormat(flags, workload.name, 'a plan that reads text', 'every line of text is a record')
    return undefined
  }
  const { format, strict } = flags
  const values = format === undefined ? undefined : parseName('format', format, VALUE_FORMATS)
  return { reads, ...(values && { values }), ...(strict && { strict }) }
}

/** Errors: `ConfigurationError` for pairs of integers where the plan reads lines, and the other way around. */
async function checkPairs(
  workload: Workload,
  parameters: GivenParameters,
  kind: InputKind,
): Promise<void> {
  const readsPairs = formatRead(await loadPlan(workload.plan(parameters))) === 'u32x2'
  const isPairs = (each: InputKind): boolean => PAIR_KINDS.includes(each)
  if (readsPairs === isPairs(kind)) return
  const fitting = workload.inputs.filter((input) => isPairs(input.kind) === readsPairs)
  throw new ConfigurationError({
    asked: `the input ${kind} for ${workload.name}`,
    found: `a plan that reads ${readsPairs ? 'pairs of integers' : 'lines'}`,
    rule: `${kind} has ${readsPairs ? 'lines' : 'pairs of integers'}`,
    remedy: `Choose with --input: ${fitting.map((input) => input.kind).join(', ')}`,
  })
}

function refuseFormat(
  { format, strict }: InputRequest['flags'],
  what: string,
  found: string,
  rule: string,
): void {
  const option = format === undefined ? '--strict' : `--format ${format}`
  if (format === undefined && !strict) return
  throw new ConfigurationError({
    asked: `${option} for ${what}`,
    found,
    rule,
    remedy: `Drop ${option.split(' ')[0]}`,
  })
}

/** The paths of a recorded input, on this machine. */
export function pathOnDisk(spec: InputSpec): InputSpec {
  const { path, live } = spec
  if (live?.kind === 'folder' || live?.kind === 'file') {
    return { ...spec, live: { ...live, path: resolve(checkout, live.path) } }
  }
  return path === undefined ? spec : { ...spec, path: resolve(checkout, path) }
}

/** Reads a file or directory as it is named, and describes it. */
export function readInput(
  path: string,
  format: InputFormat | undefined,
): Pick<ResolvedInput, 'spec' | 'sha256' | 'warnings'> {
  const known = nearest(path, NAMED_INPUTS)
  if (known !== undefined && !existsSync(path)) {
    throw new ConfigurationError({
      asked: `--input ${path}`,
      found: 'no such file or directory',
      rule: `An input is a path or one of ${NAMED_INPUTS.join(', ')}`,
      remedy: `Did you mean ${known}`,
    })
  }
  const { pool, linesNotUtf8, malformed } = textFile(path, format)
  const lines = pool.offsets.length - 1
  const shown = isAbsolute(path) ? relative(checkout, path) : path
  return {
    spec: {
      kind: 'file',
      path: relative(checkout, resolve(path)) || '.',
      ...(format && { format }),
    },
    sha256: createHash('sha256').update(pool.bytes).digest('hex'),
    warnings: [
      ...(linesNotUtf8 === 0
        ? []
        : [
            `${linesNotUtf8} of ${lines} lines of ${shown} are not UTF-8. They are kept and processed as bytes.`,
          ]),
      ...(malformed.count === 0 ? [] : [describeMalformed(malformed).replaceAll(path, shown)]),
    ],
  }
}
