/**
 * What a run must have done beside its commits: the files that it saved hold the interpreter's rows and nothing else, and each
 * was durable before its commit; the functions that it called were called with them.
 */
import { outputFolder } from '../output/saved-file.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import type { BatchRows } from '../plan/stream.ts'
import type { RunConfig } from '../run-config.ts'
import type { RunRecord } from '../system.ts'
import type { TickEnd } from '../units.ts'

/** What the interpreter says of a tick of an output. */
interface RowsOfTick {
  readonly output: number
  readonly tick: TickEnd
  readonly rows: BatchRows
}

interface FoundFile {
  readonly place: string
  readonly tick: string
  readonly lines: readonly string[]
  readonly at: number | undefined
}

const FILE = /^(.+)\/(\d{16})-(\d+)\.ndjson$/

/** All that is wrong with the files of a run that has completed, in words. */
export function savedProblems(
  { outputs }: Pick<Dataflow, 'outputs'>,
  run: { readonly config: RunConfig; readonly record: RunRecord },
  truth: readonly RowsOfTick[],
): readonly string[] {
  const { files } = run.record
  if (files === undefined) return []
  const saved = savedBy(outputs, run.config)
  const problems: string[] = []
  const found = foundFiles(saved, files, problems)
  const lines = new Map<string, string[]>()
  for (const file of found) {
    const known = lines.get(file.tick) ?? []
    lines.set(file.tick, [...known, ...file.lines])
  }
  for (const { output, tick, rows } of truth) {
    if (!saved.has(output)) continue
    const name = tickOf(output, tick)
    const expected = rows.map((row) => lineOf(tick, row)).sort()
    const is = (lines.get(name) ?? []).sort()
    lines.delete(name)
    if (is.join('\n') !== expected.join('\n')) {
      problems.push(`the files of ${name} have ${is.length} rows, not the ${expected.length} of it`)
    }
  }
  for (const name of lines.keys()) problems.push(`files of ${name}, which nobody expects`)
  return [...problems, ...earlyCommits({ outputs }, run)]
}

/** Commits of rows whose file was not durable before, of a run however it ended. */
export function earlyCommits(
  { outputs }: Pick<Dataflow, 'outputs'>,
  { config, record }: { readonly config: RunConfig; readonly record: RunRecord },
): readonly string[] {
  const saved = savedBy(outputs, config)
  const durable = new Map<string, number | undefined>()
  for (const { place, at } of foundFiles(saved, record.files ?? [], [])) durable.set(place, at)
  const problems: string[] = []
  for (const { output, partition, tick, rows, visibleAt } of record.commits) {
    if (!saved.has(output) || rows === 0) continue
    const place = placeOf(output, tick, partition)
    if (!durable.has(place)) problems.push(`${place} was committed, and has no file`)
    else if (!(visibleAt >= (durable.get(place) ?? 0))) {
      problems.push(`${place} was committed before its file was durable`)
    }
  }
  return problems
}

/** All that is wrong with the calls of the one output of a plan. A partition may have been called for again. */
export function calledProblems(
  calls: readonly { readonly rows: BatchRows; readonly tick: TickEnd }[],
  truth: readonly RowsOfTick[],
): readonly string[] {
  const problems: string[] = []
  for (const { tick, rows } of truth) {
    const expected = rows.map((row) => lineOf(tick, row)).sort()
    const batches = new Set<string>()
    for (const call of calls) {
      if (call.tick !== tick || call.rows.length === 0) continue
      batches.add(call.rows.map((row) => lineOf(tick, row)).join('\n'))
    }
    const is = [...batches].flatMap((batch) => batch.split('\n'))
    const isSorted = [...batches].every((batch) => isAscending(batch.split('\n')))
    if (!isSorted) problems.push(`rows of tick ${tick} were handed over in another order`)
    if (is.sort().join('\n') !== expected.join('\n')) {
      problems.push(`tick ${tick} was called with ${is.length} rows, not ${expected.length}`)
    }
  }
  const ticks = new Set(truth.map(({ tick }) => tick))
  if (calls.some(({ tick }) => !ticks.has(tick))) problems.push('a call of a tick that is none')
  return problems
}

function foundFiles(
  saved: ReadonlyMap<number, string>,
  files: NonNullable<RunRecord['files']>,
  problems: string[],
): readonly FoundFile[] {
  const byFolder = new Map([...saved].map(([output, folder]) => [folder, output] as const))
  return files.flatMap(({ name, bytes, at }) => {
    const [, folder = '', end = '', partition = ''] = FILE.exec(name) ?? []
    const output = byFolder.get(folder)
    if (output === undefined) {
      problems.push(`the file ${name} is nobody's`)
      return []
    }
    const text = new TextDecoder().decode(bytes)
    const lines = text.split('\n')
    if (lines.pop() !== '' || lines.length === 0) problems.push(`${name} is not of whole lines`)
    if (!isAscending(lines)) problems.push(`the lines of ${name} do not ascend`)
    const tick = Number(end)
    const place = placeOf(output, tick, Number(partition))
    return [{ place, tick: tickOf(output, tick), lines, at }]
  })
}

/** By output: the folder of its files. */
function savedBy(
  outputs: Dataflow['outputs'],
  { saveAll }: Pick<RunConfig, 'saveAll'>,
): ReadonlyMap<number, string> {
  const saved = outputs.filter(({ node: { kind } }) => {
    return kind === 'save' || (saveAll && kind !== 'foreachBatch')
  })
  return new Map(saved.map(({ index, name }) => [index, outputFolder(name)] as const))
}

function lineOf(tick: TickEnd, [key, value]: BatchRows[number]): string {
  return JSON.stringify(value === undefined ? [tick, key] : [tick, key, value])
}

function isAscending(lines: readonly string[]): boolean {
  return lines.every((line, at) => at === 0 || lines[at - 1]! <= line)
}

function tickOf(output: number, tick: TickEnd): string {
  return `output ${output}, tick ${tick}`
}

function placeOf(output: number, tick: TickEnd, partition: number): string {
  return `${tickOf(output, tick)}, partition ${partition}`
}
