/** `npm test`: types, lint and format, then every test, with what trials load compiled before. Stops at the first step that fails. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TRIAL_FLAGS } from './runner/isolate.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const steps: readonly (readonly [name: string, ...words: readonly string[]])[] = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '.'],
  [
    'modules',
    ...TRIAL_FLAGS,
    '--import',
    './experiments/preflight.mjs',
    'experiments/compile-modules.ts',
  ],
  [
    'tests',
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=./experiments/summary-reporter.ts',
    ...process.argv.slice(2),
  ],
]

for (const [name, ...words] of steps) {
  console.log(`> ${name}`)
  const { status, error } = spawnSync(process.execPath, words, {
    cwd: root,
    stdio: 'inherit',
  })
  if (error !== undefined) throw error
  if (status !== 0) {
    console.error(`${name}: failed with exit status ${status}`)
    process.exit(status ?? 1)
  }
}
