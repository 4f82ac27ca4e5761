/** A bug as it is planted: a module's source with the bug in it, for whoever loads modules. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { PlantedBug } from './bugs/planted-bug.ts'
import { TIMED_BUGS } from './bugs/timed.ts'
import { BUGS, occurrences } from './bugs.ts'

export interface Planting {
  /** Of the module. */
  readonly url: string
  /** Errors: the bug's text is not in the source once. */
  withBug(source: string): string
}

/**
 * A bug in the kernels is compiled into a binary of its own (about two seconds), which is loaded in place of the one that is
 * committed: what is planted is its name.
 *
 * Errors: no bug has this name; a bug in the kernels in another thread than the main one.
 */
export async function plantingOf(name: string): Promise<Planting> {
  const bug = [...BUGS, ...TIMED_BUGS].find((candidate) => candidate.name === name)
  if (bug === undefined) throw new Error(`no bug in bugs.ts is named '${name}'`)
  return plantingIn(bug.file.endsWith('.as.ts') ? await inBinary(bug) : bug)
}

/** Of a text in a module. */
export function plantingIn(edit: Edit): Planting {
  return {
    url: new URL(`../../${edit.file}`, import.meta.url).href,
    withBug: (source) => withBug(edit, source),
  }
}

export type Edit = Pick<PlantedBug, 'name' | 'file' | 'find' | 'replace'>

function withBug({ name, file, find, replace }: Edit, source: string): string {
  if (occurrences(source, find) === 1) return source.replace(find, () => replace)
  throw new Error(`the bug '${name}' is not to be planted: its text is not in ${file} once`)
}

/** The bug of the module that loads the kernels: it reads the binary with the bug. */
async function inBinary(bug: Edit): Promise<Edit> {
  if (!isMainThread) throw new Error('a bug in the kernels is planted in simulated runs')
  const { buildKernels } = await import('../../engines/core/kernels/build.ts')
  const binary = await buildKernels((file, source) =>
    file === basename(bug.file) ? withBug(bug, source) : source,
  )
  // In the folder for temporary files that the test gives and removes.
  const path = join(mkdtempSync(join(tmpdir(), 'streamgauge-bug-')), 'kernels.wasm')
  writeFileSync(path, binary)
  return {
    name: bug.name,
    file: 'engines/core/kernels/wasm-kernels.ts',
    find: "new URL('./kernels.wasm', import.meta.url)",
    replace: `new URL('${pathToFileURL(path).href}')`,
  }
}
