/** `npm test`: types, lint and format, then every test, with what trials load compiled before. Stops at the first step that fails. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { TRIAL_FLAGS } from './runner/isolate.ts'

const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' } as const

// Files as young as git's index are read by each run that asks whether the checkout has changes, and in a clean clone all of them may
// be: 0.2 s of CPU time, in some 160 runs. This writes down, once, that they have none; where there is no git, nothing is asked.
spawnSync('git', ['status'], { ...options, stdio: 'ignore' })

// One thread, beside others that leave a core idle at times.
const modules = ['--import', './experiments/preflight.mjs', 'experiments/compile-modules.ts']
const compiling = spawn(process.execPath, [...TRIAL_FLAGS, ...modules], options)
const compiled = once(compiling, 'exit') as Promise<[status: number | null]>

step('types', 'node_modules/typescript/bin/tsc', '-p', '.')
step('lint and format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '.')
console.log('> modules')
const [status] = await compiled
if (status !== 0) failed('modules', status)
step(
  'tests',
  'node_modules/vitest/vitest.mjs',
  'run',
  '--reporter=default',
  '--reporter=./experiments/summary-reporter.ts',
  ...process.argv.slice(2),
)

function step(name: string, ...words: readonly string[]): void {
  console.log(`> ${name}`)
  const { status, error } = spawnSync(process.execPath, words, options)
  if (error !== undefined) throw error
  if (status !== 0) failed(name, status)
}

function failed(name: string, status: number | null): never {
  compiling.kill()
  console.error(`${name}: failed with exit status ${status}`)
  process.exit(status ?? 1)
}
