/**
 * Plants the bug that PLANTED_BUG names while modules are loaded: `node --import ./experiments/planted-bugs/plant.ts …`.
 *
 * Hooks are synchronous and in the thread itself, so a worker thread that is given the same `--import` has the bug too.
 */
import { registerHooks } from 'node:module'
import { BUGS, occurrences } from './bugs.ts'

const name = process.env.PLANTED_BUG
if (name !== undefined && name !== '') {
  const bug = BUGS.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new Error(`PLANTED_BUG=${name}: no such bug in bugs.ts`)
  const url = new URL(`../../${bug.file}`, import.meta.url).href
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context)
      if (loaded !== url) return result
      const source = String(result.source)
      if (occurrences(source, bug.find) !== 1) {
        throw new Error(
          `the bug '${name}' is not to be planted: its text is not in ${bug.file} once`,
        )
      }
      return { ...result, source: source.replace(bug.find, () => bug.replace) }
    },
  })
}
