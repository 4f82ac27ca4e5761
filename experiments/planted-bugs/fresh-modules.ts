/**
 * Modules of this repository as a process of their own would load them, with a bug planted in one: they share nothing with those
 * that were loaded before, with another bug or without one.
 *
 * To start a process and to load some hundred modules takes longer than most runs of the battery. Here sources are read, and their types
 * stripped, once. Node never gives up a module: a process has room for some ten such loads, and is then to end.
 *
 * Not in the threads that they start: those load modules for themselves, and have the bug by `plant.ts`.
 */
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import type { Planting } from './planting.ts'

const ROOT = new URL('../../', import.meta.url).href
/** In a URL, before the number of the load that a module belongs to. */
const LOAD = '?load='

/** Without types, by URL; of all loads. */
const sources = new Map<string, string>()
/** Of each load, the module with a bug. */
const planted: { readonly url: string; readonly source: string }[] = []

const hooks: Parameters<typeof registerHooks>[0] = {
  // What a module of a load imports belongs to that load, but for packages and what Node brings.
  resolve(specifier, context, nextResolve) {
    const [parent = '', load] = context.parentURL?.split(LOAD) ?? []
    if (load === undefined) return nextResolve(specifier, context)
    const url = specifier.startsWith('.') ? new URL(specifier, parent).href : specifier
    if (!url.startsWith(ROOT)) return nextResolve(specifier, context)
    return { url: url + LOAD + load, format: 'module', shortCircuit: true }
  },
  load(url, context, nextLoad) {
    const [module = '', load] = url.split(LOAD)
    if (load === undefined) return nextLoad(url, context)
    const bug = planted[Number(load)]!
    const source = module === bug.url ? bug.source : sourceOf(module)
    return { format: 'module', source, shortCircuit: true }
  },
}

/**
 * Imports a module by its path from the repository's root, and all that it imports, with a bug.
 *
 * Errors: those of planting; those of the module.
 */
export async function importWith(planting: Planting, path: string): Promise<unknown> {
  if (planted.length === 0) registerHooks(hooks)
  const { url, withBug } = planting
  const load = planted.push({ url, source: stripTypeScriptTypes(withBug(read(url))) }) - 1
  return import(ROOT + path + LOAD + load)
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
