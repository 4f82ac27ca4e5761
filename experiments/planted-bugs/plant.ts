/**
 * Plants the bug that PLANTED_BUG names while modules are loaded: `node --import ./experiments/planted-bugs/plant.ts …`.
 *
 * Hooks are synchronous and in the thread itself, so a worker thread that is given the same `--import` has the bug too.
 * A bug in the kernels is compiled into a binary of its own (about two seconds), which is loaded in place of the one that is
 * committed.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { PlantedBug } from './bugs/planted-bug.ts'
import { BUGS, occurrences } from './bugs.ts'

const name = process.env.PLANTED_BUG
if (name !== undefined && name !== '') {
  const bug = BUGS.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new Error(`PLANTED_BUG=${name}: no such bug in bugs.ts`)
  plant(bug.file.endsWith('.as.ts') ? await inBinary(bug) : bug)
}

function plant(bug: Pick<PlantedBug, 'name' | 'file' | 'find' | 'replace'>): void {
  const url = new URL(`../../${bug.file}`, import.meta.url).href
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context)
      if (loaded !== url) return result
      return { ...result, source: withBug(bug, String(result.source)) }
    },
  })
}

function withBug(
  { name, file, find, replace }: Pick<PlantedBug, 'name' | 'file' | 'find' | 'replace'>,
  source: string,
): string {
  if (occurrences(source, find) === 1) return source.replace(find, () => replace)
  throw new Error(`the bug '${name}' is not to be planted: its text is not in ${file} once`)
}

/** The bug of the module that loads the kernels: it reads the binary with the bug. */
async function inBinary(bug: PlantedBug): Promise<Parameters<typeof plant>[0]> {
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
