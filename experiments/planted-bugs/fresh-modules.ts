/**
 * Modules of this repository with a bug planted in one, beside those without it: who can notice the bug is loaded anew, and shares
 * nothing with what was loaded before, with another bug or without one. All others are loaded once, for all bugs: to start a process and
 * to load some hundred modules takes longer than most runs of the battery, and so does code that has not been compiled yet.
 *
 * Sources are read, and their types stripped, once. Node never gives up a module: a process has room for some dozens of bugs, and is
 * then to end. That bugs have left nothing in what they share, a run without a bug shows.
 *
 * Not in the threads that they start: those load modules for themselves, and have the bug by `plant.ts`.
 */
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { ModuleGraph } from './module-graph.ts'
import type { Planting } from './planting.ts'

const ROOT = new URL('../../', import.meta.url).href
/** In a URL, before the number of the load that a module belongs to. */
const LOAD = '?load='
/** In the place of that number, where a module belongs to all loads. */
const SHARED = 'shared'

interface Load {
  /** The module with a bug. */
  readonly url: string
  readonly source: string
  /** The modules that all loads share. */
  readonly shared: ReadonlySet<string>
}

/** Packages that modules of a load get in another's place, by name: the URL of a module that belongs to no load. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ['vitest', new URL('./collected-tests.ts', import.meta.url).href],
])

/** Without types, by URL; of all loads. */
const sources = new Map<string, string>()
const loads: Load[] = []

const hooks: Parameters<typeof registerHooks>[0] = {
  // What a module of a load imports belongs to that load or to all, but for packages and what Node brings.
  resolve(specifier, context, nextResolve) {
    const [parent = '', load] = context.parentURL?.split(LOAD) ?? []
    if (load === undefined) return nextResolve(specifier, context)
    const standIn = STAND_INS.get(specifier)
    if (standIn !== undefined)
      return { url: standIn, format: 'module-typescript', shortCircuit: true }
    const url = specifier.startsWith('.') ? new URL(specifier, parent).href : specifier
    if (!url.startsWith(ROOT)) return nextResolve(specifier, context)
    const of = load === SHARED || loads[Number(load)]!.shared.has(url) ? SHARED : load
    return { url: url + LOAD + of, format: 'module', shortCircuit: true }
  },
  load(url, context, nextLoad) {
    const [module = '', load] = url.split(LOAD)
    if (load === undefined) return nextLoad(url, context)
    const bug = load === SHARED ? undefined : loads[Number(load)]!
    const source = module === bug?.url ? bug.source : sourceOf(module)
    return { format: 'module', source, shortCircuit: true }
  },
}

/**
 * Imports a module by its path from the repository's root, and all that it imports, with a bug. The module itself is always
 * loaded anew.
 *
 * Errors: those of planting; those of the module.
 */
export async function importWith(planting: Planting, path: string): Promise<unknown> {
  if (loads.length === 0) registerHooks(hooks)
  const { url, withBug } = planting
  const source = stripTypeScriptTypes(withBug(read(url)))
  const load = loads.push({ url, source, shared: sharedWith(url, ROOT + path) }) - 1
  return import(ROOT + path + LOAD + load)
}

/** By their roots. */
const graphs = new Map<string, ModuleGraph>()

/** What of a module and its imports cannot notice a bug in one of them. */
function sharedWith(bug: string, root: string): ReadonlySet<string> {
  const graph = graphs.get(root) ?? new ModuleGraph(root, sourceOf)
  graphs.set(root, graph)
  const shared = new Set(graph.modules)
  for (const url of graph.noticing(bug)) shared.delete(url)
  shared.delete(root)
  return shared
}

function sourceOf(url: string): string {
  let source = sources.get(url)
  if (source === undefined) {
    source = stripTypeScriptTypes(read(url))
    sources.set(url, source)
  }
  return source
}

const read = (url: string): string => readFileSync(new URL(url), 'utf8')
