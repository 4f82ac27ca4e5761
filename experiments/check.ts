/** `npm test`: types, lint and format, then every test. Stops at the first step that fails. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const steps: readonly (readonly [name: string, script: string, args: readonly string[]])[] = [
  ['types', 'node_modules/typescript/bin/tsc', ['-p', '.']],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', ['ci', '.']],
  [
    'tests',
    'node_modules/vitest/vitest.mjs',
    [
      'run',
      '--reporter=default',
      '--reporter=./experiments/summary-reporter.ts',
      ...process.argv.slice(2),
    ],
  ],
]

for (const [name, script, args] of steps) {
  console.log(`> ${name}`)
  const { status, error } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (error !== undefined) throw error
  if (status !== 0) {
    console.error(`${name}: failed with exit status ${status}`)
    process.exit(status ?? 1)
  }
}
