/**
 * Reads a run's folder back: manifest and tables, checked against the schema.
 *
 * Refuses, by name and with a `ResultError`: another schema version, a run that is incomplete (unless asked for), a file
 * that is missing or torn, a header or a cell that the schema does not know. Nothing is repaired or guessed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { ResultError } from '../engines/core/errors.ts'
import type { Column } from './column.ts'
import type { Manifest } from './manifest.ts'
import { manifestSchema } from './manifest.ts'
import type { FaultRow, LatencyRow, Row, TableName, TimelineRow, TrialRow } from './schema.ts'
import { SCHEMA_VERSION, tables } from './schema.ts'

export interface Run {
  readonly manifest: Manifest
  readonly trials: readonly TrialRow[]
  readonly latency: readonly LatencyRow[]
  readonly timeline: readonly TimelineRow[]
  readonly faults: readonly FaultRow[]
}

export interface ReadOptions {
  /** Take a run that was interrupted, too. Default false. */
  readonly incomplete?: boolean
}

function contentOf(folder: string, name: string): string {
  const path = join(folder, name)
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ResultError(
      {
        asked: `read ${name} of the run in ${folder}`,
        found: existsSync(folder) ? `it cannot be read (${codeOf(cause)})` : 'no such folder',
        rule: 'A run is a folder with manifest.json and one CSV file for each table',
        remedy: 'Name a folder results/<experiment>/<run-id>, or run the experiment',
      },
      { path },
      cause,
    )
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause)

/** The manifest, checked; `ResultError` where the run is not for this reader. */
export function readManifest(folder: string, options: ReadOptions = {}): Manifest {
  const text = contentOf(folder, 'manifest.json')
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (cause) {
    throw refused(folder, 'manifest.json is not JSON', 'It is written whole by the writer', cause)
  }
  const { schemaVersion, runId } = (found ?? {}) as Partial<Manifest>
  if (schemaVersion !== SCHEMA_VERSION) {
    throw new ResultError(
      {
        asked: `read run ${runId ?? folder}`,
        found: `its schema version is ${schemaVersion ?? 'missing'}`,
        rule: `This checkout reads schema version ${SCHEMA_VERSION} and no other`,
        remedy: "Check out the commit in the run's manifest, or measure again",
      },
      { folder, schemaVersion },
    )
  }
  const parsed = manifestSchema.safeParse(found)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused(
      folder,
      `manifest.json: ${issue?.path.join('.') || 'top level'}: ${issue?.message}`,
      'A manifest has the fields that results/README.md lists',
      parsed.error,
    )
  }
  const manifest = parsed.data
  if (manifest.state !== 'complete' && !options.incomplete) {
    throw new ResultError(
      {
        asked: `read run ${manifest.runId}`,
        found: `it is ${manifest.state}${manifest.incompleteBecause ? ` (${manifest.incompleteBecause})` : ''}`,
        rule: 'Only complete runs are read, since a missing trial can turn a comparison',
        remedy: 'Run the experiment to its end, or ask for incomplete runs by name',
      },
      { folder, state: manifest.state },
    )
  }
  return manifest
}

/** A table's rows, in the file's order. Missing cells are absent from the row. */
export function readTable<T extends TableName>(folder: string, table: T): readonly Row<T>[] {
  const name = `${table}.csv`
  const columns: readonly Column[] = tables[table]
  const text = contentOf(folder, name)
  let lines: readonly (readonly string[])[]
  try {
    lines = parse(text)
  } catch (cause) {
    const reason = `${name} is torn: ${(cause as Error).message}`
    throw refused(folder, reason, 'Each line has one cell for each column', cause)
  }
  const header = lines[0] ?? []
  const wanted = columns.map((column) => column.name)
  const odd = wanted.findIndex((column, index) => header[index] !== column)
  if (odd >= 0 || header.length !== wanted.length) {
    const at = odd >= 0 ? odd : wanted.length
    throw refused(
      folder,
      `${name} has ${header[at] ?? 'nothing'} where ${wanted[at] ?? 'nothing'} is expected, in column ${at + 1}`,
      `The header is that of schema version ${SCHEMA_VERSION}`,
    )
  }
  return lines.slice(1).map((cells, index) => {
    const row: Record<string, string | number | boolean> = {}
    for (const [position, column] of columns.entries()) {
      const cell = cells[position] ?? ''
      const value = cell === '' ? undefined : parsedCell(column, cell)
      if (value !== undefined) row[column.name] = value
      else if (cell !== '' || column.required) {
        throw refused(
          folder,
          `${name}, line ${index + 2}: ${column.name} is ${cell === '' ? 'missing' : `“${cell}”`}`,
          `${column.name} is ${column.values?.join(', ') ?? column.type}${column.required ? ', required' : ''}`,
        )
      }
    }
    return row as unknown as Row<T>
  })
}

/** The value of a cell that is not empty; undefined if it does not fit its column. */
function parsedCell(column: Column, cell: string): string | number | boolean | undefined {
  if (column.type === 'text') {
    return column.values === null || column.values.includes(cell) ? cell : undefined
  }
  if (column.type === 'boolean') {
    return cell === 'true' ? true : cell === 'false' ? false : undefined
  }
  const value = Number(cell)
  const fits = column.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)
  return fits && cell.trim() !== '' ? value : undefined
}

export function readRun(folder: string, options: ReadOptions = {}): Run {
  const manifest = readManifest(folder, options)
  return {
    manifest,
    trials: readTable(folder, 'trials'),
    latency: readTable(folder, 'latency'),
    timeline: readTable(folder, 'timeline'),
    faults: readTable(folder, 'faults'),
  }
}

function refused(folder: string, found: string, rule: string, cause?: unknown): ResultError {
  return new ResultError(
    {
      asked: `read the run in ${folder}`,
      found,
      rule,
      remedy: 'Take the folder as the writer left it, or measure again',
    },
    { folder },
    cause,
  )
}
