/** The folder that a run saves to, before it starts: what keeps it from being written, and the making of it. */
import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigurationError } from '../../errors.ts'
import type { ExpectedCommits } from '../../output/expected-commits.ts'
import { effectOf } from '../../output/output-effects.ts'
import { outputFolder } from '../../output/saved-file.ts'
import type { Dataflow, DataflowOutput } from '../../plan/dataflow.ts'
import { described } from '../../plan/node-kinds.ts'
import type { RunConfig } from '../../run-config.ts'
import type { SavedPlace } from '../../system.ts'
import type { PrintedRows } from './row-printer.ts'
import type { SavedFilesOptions } from './saved-files.ts'
import { syncFolder } from './whole-file.ts'

type SavedOutput = Pick<DataflowOutput, 'index' | 'name' | 'node'>

export function savedOutputs(
  { outputs }: Pick<Dataflow, 'outputs'>,
  config: Pick<RunConfig, 'saveAll'>,
): readonly DataflowOutput[] {
  return outputs.filter((output) => effectOf(output, config) === 'save')
}

/**
 * Where the storage service puts what outputs save; nowhere if none does. What is to be printed goes through a folder of the run.
 * Errors: those of `makeSavedFolder`, and `ConfigurationError` without a place.
 */
export function savedFilesOf(
  place: SavedPlace | undefined,
  run: { readonly outputs: readonly SavedOutput[]; readonly directory: string },
): SavedFilesOptions | undefined {
  const [first] = run.outputs
  if (first === undefined) return undefined
  if (place === undefined) {
    throw new ConfigurationError({
      asked: described(first.node),
      found: 'no folder for its files',
      rule: 'What outputs save goes into a folder of the run’s user',
      remedy: 'Name one, with --save on the command line',
    })
  }
  const isPrinted = 'openFile' in place
  const folder = isPrinted ? join(run.directory, 'printed') : resolve(place.folder)
  makeSavedFolder(folder, run.outputs)
  return { folder, durable: !isPrinted }
}

/** What is printed of the files in a folder, if it is not the user's. */
export function printedRows(
  folder: string,
  place: SavedPlace | undefined,
  run: {
    readonly expected: readonly ExpectedCommits[]
    readonly outputs: readonly SavedOutput[]
  },
): PrintedRows | undefined {
  if (place === undefined || !('openFile' in place)) return undefined
  const outputs = run.outputs.map(({ index, name }) => {
    const { partitions, ticks } = run.expected[index]!
    return { output: index, name, partitions: partitions.length, ticks }
  })
  return { folder, openFile: place.openFile, outputs }
}

/**
 * Looks whether outputs can be saved, and changes nothing.
 * Errors: `ConfigurationError` for a folder that has files, or cannot be written.
 */
export function checkSavedFolder(folder: string, outputs: readonly SavedOutput[]): void {
  for (const { name, node } of outputs) {
    const path = join(folder, outputFolder(name))
    if (entriesOf(path) > 0) {
      throw new ConfigurationError(
        {
          asked: described(node),
          found: `the folder ${path} has files of another run`,
          rule: 'Files are named by logical time and never overwritten',
          remedy: 'Name an empty folder',
        },
        { folder: path },
      )
    }
    checkWritable(path)
  }
}

/** Makes the folders of outputs, durably. Errors: those of `checkSavedFolder`. */
export function makeSavedFolder(folder: string, outputs: readonly SavedOutput[]): void {
  checkSavedFolder(folder, outputs)
  for (const { name } of outputs) {
    const path = join(folder, outputFolder(name))
    try {
      const first = fs.mkdirSync(path, { recursive: true })
      if (first !== undefined) syncNames(path, first)
    } catch (error) {
      throw unwritable(path, error)
    }
  }
}

/** Makes durable that a folder is there, and those above it up to the first one that is new. */
function syncNames(path: string, first: string): void {
  const above = dirname(path)
  syncFolder(above)
  if (path !== first && above !== path) syncNames(above, first)
}

function entriesOf(path: string): number {
  try {
    return fs.readdirSync(path).length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw unwritable(path, error)
  }
}

/** Of a folder that is not there yet, the nearest above it is looked at. */
function checkWritable(path: string): void {
  try {
    fs.accessSync(path, fs.constants.W_OK)
  } catch (error) {
    const above = dirname(path)
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && above !== path
    if (!isMissing) throw unwritable(path, error)
    checkWritable(above)
  }
}

function unwritable(path: string, error: unknown): ConfigurationError {
  return new ConfigurationError(
    {
      asked: `save to the folder ${path}`,
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      rule: 'Outputs are saved in a folder that can be made and written',
      remedy: 'Name another folder',
    },
    { folder: path },
    error,
  )
}
