/**
 * Plants the bug that PLANTED_BUG names while modules are loaded:
 *
 *   node --import ./experiments/preflight.mjs --import ./experiments/planted-bugs/plant.ts …
 *
 * The preflight says where a module lies, and this what is in it; the cache of compiled modules knows them by what is in them, too. Hooks are synchronous and in the thread itself, so a worker thread that is given the same `--import` has the bug too.
 */
import { registerHooks } from 'node:module'
import { plantingOf } from './planting.ts'

const name = process.env.PLANTED_BUG
if (name !== undefined && name !== '') {
  const { url, withBug } = await plantingOf(name)
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context)
      return loaded === url ? { ...result, source: withBug(String(result.source)) } : result
    },
  })
}
