/**
 * Writes a run's folder: rows after each trial, and the folder whole or not at all.
 *
 * A run is open → complete | incomplete | torn. While it is open it lives in a hidden sibling (`.<run-id>.running`), where
 * every row that was appended is already in a file; then one rename gives it its name. An interruption gives it its name
 * too, marked incomplete. After a write that failed it is torn, and keeps no name, since a file may have half a row. If the
 * process is killed the hidden folder stays, with all rows so far, and no reader takes it for a run.
 *
 * All calls are synchronous: they happen between trials and in signal handlers. csv-stringify lives here and nowhere else.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { assert } from '../engines/core/assert.ts'
import { ResultError } from '../engines/core/errors.ts'
import type { Column } from './column.ts'
import type { Manifest } from './manifest.ts'
import { manifestSchema } from './manifest.ts'
import type { Row, TableName } from './schema.ts'
import { SCHEMA_VERSION, tableNames, tables } from './schema.ts'

/** What the writer adds by itself is left out. */
export type NewRow<T extends TableName> = Omit<Row<T>, 'run_id'>

export type ManifestStart = Omit<
  Manifest,
  'schemaVersion' | 'runId' | 'state' | 'incompleteBecause' | 'endedAt' | 'synthetic'
> & { readonly synthetic?: string }

/** Sortable by start, readable, fit for a folder: `2025-11-23T21-40-00-4e7552a`. */
export function runIdOf(startedAt: string, commit: string | null): string {
  return `${startedAt.slice(0, 19).replaceAll(':', '-')}-${commit?.slice(0, 7) ?? 'no-commit'}`
}

/** Text of a cell. Refuses what the schema does not say: that is a bug of the experiment, found at the first row. */
export function cellOf(column: Column, value: unknown, table: string): string {
  const { name, type, values, required } = column
  if (value === undefined) {
    assert(!required, `${table}.csv: ${name} is required and missing`)
    return ''
  }
  const fits =
    type === 'integer'
      ? Number.isSafeInteger(value)
      : type === 'number'
        ? Number.isFinite(value)
        : type === 'boolean'
          ? typeof value === 'boolean'
          : typeof value === 'string' && (!required || value !== '')
  assert(fits, () => `${table}.csv: ${name} is ${type}, not ${String(value)} (${typeof value})`)
  assert(
    values === null || values.includes(value as string),
    () => `${table}.csv: ${name} is one of ${values?.join(', ')}, not ${String(value)}`,
  )
  return String(value)
}

/** Lines of CSV, without the header. */
function linesOf(table: TableName, rows: readonly object[]): string {
  const columns: readonly Column[] = tables[table]
  const known = new Set(columns.map(({ name }) => name))
  const cells = rows.map((row) => {
    const extra = Object.keys(row).find((name) => !known.has(name))
    assert(extra === undefined, () => `${table}.csv has no column ${extra}`)
    const values = row as Readonly<Record<string, unknown>>
    return columns.map((column) => cellOf(column, values[column.name], table))
  })
  return stringify(cells)
}

export class RunWriter {
  readonly runId: string
  /** The run's folder after it ended; it does not exist before. */
  readonly folder: string
  readonly #root: string
  readonly #open: string
  readonly #trials = new Set<string>()
  #manifest: Manifest
  #state: 'open' | 'complete' | 'incomplete' | 'torn' = 'open'

  /**
   * Opens a run under `root/<experiment>/`. Throws a `ResultError` if that cannot be written, before any trial has run.
   */
  constructor(root: string, start: ManifestStart) {
    this.#root = join(root, start.experiment)
    const wanted = runIdOf(start.startedAt, start.environment.commit)
    this.runId = this.#write('open a run', () => {
      makeFolders(this.#root)
      let id = wanted
      for (let next = 2; !this.#claim(id); next++) id = `${wanted}-${next}`
      return id
    })
    this.folder = this.#at(this.runId)
    this.#open = this.#hidden(this.runId)
    this.#manifest = {
      schemaVersion: SCHEMA_VERSION,
      runId: this.runId,
      ...start,
      state: 'running',
      incompleteBecause: null,
      synthetic: start.synthetic ?? null,
      endedAt: null,
    }
    this.#write('open a run', () => {
      for (const table of tableNames) {
        writeFileSync(
          join(this.#open, `${table}.csv`),
          stringify([tables[table].map(({ name }) => name)]),
        )
      }
    })
    this.#saveManifest()
  }

  /** Appends rows; they are in the file when the call returns. Missing measures are left out or undefined. */
  append<T extends TableName>(table: T, rows: readonly NewRow<T>[]): void {
    assert(this.#state === 'open', `run ${this.runId} is ${this.#state}: no rows can be added`)
    if (table === 'trials') {
      for (const { trial_id: id } of rows as readonly NewRow<'trials'>[]) {
        assert(!this.#trials.has(id), `trial ${id} is in trials.csv already`)
        this.#trials.add(id)
      }
    }
    const lines = linesOf(
      table,
      rows.map((row) => ({ run_id: this.runId, ...row })),
    )
    this.#write('append rows', () => appendFileSync(join(this.#open, `${table}.csv`), lines))
  }

  /** Adds a file to the folder: a history, a figure. `name` may have folders. */
  addFile(name: string, content: string | Uint8Array): void {
    assert(this.#state === 'open', `run ${this.runId} is ${this.#state}: no file can be added`)
    this.#write(`write ${name}`, () => {
      const path = join(this.#open, name)
      makeFolders(dirname(path))
      writeFileSync(path, content)
    })
  }

  /** Adds a doubt about the whole run to the manifest; once, however often it is said. */
  warn(text: string): void {
    if (this.#manifest.warnings.includes(text)) return
    this.#manifest = { ...this.#manifest, warnings: [...this.#manifest.warnings, text] }
    this.#saveManifest()
  }

  /** Names the calibration that the run measured after it was opened. */
  calibrated(sha256: string): void {
    this.#manifest = { ...this.#manifest, calibrationSha256: sha256 }
    this.#saveManifest()
  }

  /** Ends the run and links `latest` to it. `endedAt` as ISO in UTC. Returns the folder. */
  complete(endedAt: string): string {
    this.#end('complete', null, endedAt)
    this.#link()
    return this.folder
  }

  /**
   * Ends the run after an interruption: what was measured stays, and readers refuse it unless asked. Returns the folder.
   * A torn run stays hidden.
   */
  interrupt(because: string, endedAt: string): string {
    if (this.#state === 'open') this.#end('incomplete', because, endedAt)
    return this.folder
  }

  #end(state: 'complete' | 'incomplete', incompleteBecause: string | null, endedAt: string): void {
    assert(this.#state === 'open', `run ${this.runId} is ${this.#state} already`)
    this.#manifest = { ...this.#manifest, state, incompleteBecause, endedAt }
    this.#saveManifest()
    this.#write('give the run its name', () => renameSync(this.#open, this.folder))
    this.#state = state
  }

  /** Replaces the link by a rename, so that a reader finds the old run or the new one. */
  #link(): void {
    const link = this.#at('latest')
    const fresh = this.#at(`.latest-${this.runId}`)
    try {
      const windows = process.platform === 'win32'
      symlinkSync(
        windows ? resolve(this.folder) : basename(this.folder),
        fresh,
        windows ? 'junction' : 'dir',
      )
      // A junction cannot be renamed over another one.
      if (windows) rmSync(link, { recursive: true, force: true })
      renameSync(fresh, link)
    } catch {
      // A convenience: some file systems have no links, and the run is complete without one.
      rmSync(fresh, { force: true })
    }
  }

  #saveManifest(): void {
    const text = `${JSON.stringify(manifestSchema.parse(this.#manifest), null, 2)}\n`
    this.#write('write the manifest', () => writeFileSync(join(this.#open, 'manifest.json'), text))
  }

  #at(name: string): string {
    return join(this.#root, name)
  }

  #hidden(runId: string): string {
    return this.#at(`.${runId}.running`)
  }

  /** Makes the hidden folder of a run, unless it is another's, or the run is there already. Who has it has both names. */
  #claim(runId: string): boolean {
    const hidden = this.#hidden(runId)
    try {
      mkdirSync(hidden)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
    if (!existsSync(this.#at(runId))) return true
    rmdirSync(hidden)
    return false
  }

  /** Where the rows of a torn run are, if it has been opened. */
  #left(): string {
    if (this.#open === undefined || !existsSync(this.#open)) return ''
    return `. What had been written stays in ${basename(this.#open)} there, which no reader takes for a run and which may be removed`
  }

  #write<T>(what: string, action: () => T): T {
    try {
      return action()
    } catch (cause) {
      this.#state = 'torn'
      const { code, message } = cause as NodeJS.ErrnoException
      throw new ResultError(
        {
          asked: `${what} in ${this.#root}`,
          found: code ?? message,
          rule: `Results are written after each trial, to a folder that can be written${this.#left()}`,
          remedy: 'Free some space or permit writing there, or give another folder by --results',
        },
        { folder: this.#root, code },
        cause,
      )
    }
  }
}

/**
 * Makes a folder and those above it. Not by `mkdirSync` with `recursive`: that tries for ever where a file system of the
 * kernel takes no folders (`/proc`), and says of one that is read-only that it does not exist.
 */
function makeFolders(path: string): void {
  const above = dirname(path)
  if (above !== path && !existsSync(above)) makeFolders(above)
  try {
    mkdirSync(path)
  } catch (error) {
    // Another run may have made it meanwhile; what is there and no folder is found out by what is written in it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
