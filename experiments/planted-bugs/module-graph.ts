/**
 * Which modules of this repository import which, as their sources say: what is changed in one can be noticed in those alone that
 * import it, at whatever remove.
 */
import { existsSync } from 'node:fs'

/** In a source without types: what is imported from beside it, at once or later. A text that reads like one does no harm. */
const IMPORT = /\b(?:from|import)\s*\(?\s*(?:\/\*[^*]*\*\/\s*)?['"](\.[^'"]*)['"]/g
/** What is imported is known when it runs: a plan by its name, an engine by its URL. */
const COMPUTED = /\bimport\s*\(\s*(?:\/\*[^*]*\*\/\s*)?[^'"\s/]/

export class ModuleGraph {
  /** By URL, who imports it. */
  #importers = new Map<string, Set<string>>()
  /** Who may import anything. */
  #open: string[] = []

  /** Of a module and all that it imports; `sourceOf` gives a module's source without types, by its URL. */
  constructor(root: string, sourceOf: (url: string) => string) {
    const pending = [root]
    this.#importers.set(root, new Set())
    for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
      const source = sourceOf(url)
      if (COMPUTED.test(source)) this.#open.push(url)
      for (const [, specifier] of source.matchAll(IMPORT)) {
        const imported = new URL(specifier!, url).href
        if (!existsSync(new URL(imported))) continue
        const known = this.#importers.get(imported)
        if (known === undefined) pending.push(imported)
        this.#importers.set(imported, (known ?? new Set()).add(url))
      }
    }
  }

  /** All modules there are. */
  get modules(): Iterable<string> {
    return this.#importers.keys()
  }

  /**
   * The modules that can notice a change in one: itself, those that may import anything, and whoever imports one of these.
   * No other module imports one of them.
   */
  noticing(changed: string): ReadonlySet<string> {
    const found = new Set([changed, ...this.#open])
    for (const url of found)
      for (const importer of this.#importers.get(url) ?? []) found.add(importer)
    return found
  }
}
