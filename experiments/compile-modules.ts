/**
 * Compiles what the process of a trial may load into the cache of compiled modules (`preflight.mjs`), under the flags that this
 * process has: `npm test` does it under those of a trial, before any.
 *
 * Code is cached for each set of flags. In a clean clone each first trial of its kind would find modules without it, and what strips
 * their types is a program in WebAssembly, which a trial's flags have compiled to the end: four seconds of CPU time, each time.
 */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)

const MODULES = ['engines/**/*.ts', 'workloads/**/*.ts', 'experiments/{checkers,runner}/*.ts']
const OTHERS = [
  '**/*.{test,fixture}.ts',
  // In another language.
  '**/*.as.ts',
  // Of tests.
  'engines/core/conformance/**',
]
/** Plans that tests run as those of a user. */
const OWN_PLANS = 'experiments/cli/own-plans.fixture.ts'

const found = globSync(MODULES, { cwd: fileURLToPath(root), exclude: OTHERS })
for (const file of [...found, OWN_PLANS]) {
  // Programs of processes and threads find that they are in none, and throw: they have been compiled by then.
  await import(new URL(file, root).href).catch(() => undefined)
}
