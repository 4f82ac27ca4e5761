/**
 * Tries bugs, each on the run of the battery that it names, one after the other in one process, and prints a line of JSON for each
 * (`Outcome`). An empty name is of no bug. Alone it tries all runs; behind bugs, that of the last one, on what they all share.
 *
 *   PLANTED_BUG= node --import ./experiments/preflight.mjs --import ./experiments/planted-bugs/plant.ts experiments/planted-bugs/try-bugs.ts <bug> …
 *
 * By `plant.ts` threads have the bug, too: PLANTED_BUG has its name meanwhile. A bug whose run never ends keeps the others waiting: whoever
 * has started the process is to end it.
 */
import { BUGS } from './bugs.ts'
import { type Catch, catchOf } from './catches.ts'
import { importWith } from './fresh-modules.ts'
import { type Planting, plantingOf } from './planting.ts'

export interface Outcome {
  readonly bug: string
  /** By which run, and by what, in words. */
  readonly caught?: string
  readonly by?: Catch
  /** Why it says nothing: it could not be planted, or its run in real time was not over in time. */
  readonly failed?: string
}

type Battery = typeof import('./battery.ts')

const BATTERY = 'experiments/planted-bugs/battery.ts'

const NOTHING: Planting = {
  url: new URL('./battery.ts', import.meta.url).href,
  withBug: (source) => source,
}

async function tried(name: string, before?: string): Promise<Outcome> {
  process.env.PLANTED_BUG = name
  try {
    const planting = name === '' ? NOTHING : await plantingOf(name)
    const { caughtIn, RUN_NAMES } = (await importWith(planting, BATTERY)) as Battery
    const named = BUGS.filter((bug) => bug.name === (name || before)).map(
      ({ caughtBy }) => caughtBy,
    )
    for (const run of named.length === 0 ? RUN_NAMES : named) {
      const what = await caughtIn(run)
      if (what === undefined) continue
      const caught = `${run}: ${what}`.slice(0, 300)
      return { bug: name, by: catchOf(caught), caught }
    }
    return { bug: name }
  } catch (error) {
    return { bug: name, failed: error instanceof Error ? error.message : String(error) }
  }
}

const names = process.argv.slice(2)
for (const [place, name] of names.entries()) {
  console.log(JSON.stringify(await tried(name, names[place - 1])))
}
