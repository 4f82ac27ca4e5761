/** What an old Node is told: to take the one that the project brings where it brings one, and else to install another. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PREFLIGHT = fileURLToPath(new URL('./preflight.mjs', import.meta.url))

/** Of a process that takes itself for another Node, on another machine. */
function startedOn(version: string, platform: string, arch: string) {
  const versions = { ...process.versions, node: version.slice(1) }
  const changed = Object.entries({ versions, version, platform, arch }).map(
    ([name, value]) =>
      `Object.defineProperty(process, '${name}', { value: ${JSON.stringify(value)} })`,
  )
  const disguise = `data:text/javascript,${encodeURIComponent(changed.join('\n'))}`
  const args = ['--import', disguise, '--import', PREFLIGHT, '--eval', 'console.log("started")']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const { optionalDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { readonly optionalDependencies: Readonly<Record<string, string>> }

it('starts on Node 24 anywhere', () => {
  expect(startedOn('v24.0.0', 'darwin', 'arm64')).toEqual({
    status: 0,
    stdout: 'started\n',
    stderr: '',
  })
})

it.each(Object.keys(optionalDependencies))('with %s there is one to be taken', (name) => {
  const [, system, arch] = name.split('-')
  const { status, stdout, stderr } = startedOn(
    'v20.19.0',
    system === 'win' ? 'win32' : system!,
    arch!,
  )
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    'Streamgauge runs TypeScript directly and needs Node >= 24; this is v20.19.0. Run "npm ci" and then the npm scripts ("npm start", "npm test"): they use the Node that the project brings.\n',
  )
})

it.each([
  ['darwin', 'arm64'],
  ['linux', 'riscv64'],
])('elsewhere (%s, %s) it is to be installed', (platform, arch) => {
  const { status, stdout, stderr } = startedOn('v22.4.1', platform, arch)
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    `Streamgauge runs TypeScript directly and needs Node >= 24; this is v22.4.1. Install Node 24 or a later one: for ${platform}-${arch} the project brings none.\n`,
  )
})

/** A loop at the top of a module: its only call is the first, so that code can take its place only while it runs. */
const LOOP = `data:text/javascript,${encodeURIComponent(`
let sum = 0
for (let at = 0; at < 2e7; at++) sum = (sum + at * 3) % 1000003
console.log('sum ' + sum)
`)}`

/** What V8 says of loops whose code was replaced by Maglev's while they ran: none of its functions says which flags it has. */
function replacedByMaglev(...flags: readonly string[]): readonly string[] {
  const args = ['--trace-opt', '--trace-osr', ...flags, '--import', LOOP, '--eval', '']
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^sum \d+$/m), ''])
  // The loop was hot in any case: other compilers may replace it.
  expect(stdout).toMatch(/\bOSR\b/)
  return stdout.split('\n').filter((line) => /MAGLEV\) OSR/.test(line))
}

const replaced = replacedByMaglev()

// Another V8 may not do so by itself, or may not say so in these words: it cannot show that the preflight forbids it. This one can.
const isBrought = process.versions.v8.startsWith('13.6.')

it.skipIf(replaced.length === 0 && !isBrought)(
  'no loop is replaced by code of Maglev while it runs',
  () => {
    expect(replaced).not.toEqual([])
    expect(replacedByMaglev('--import', PREFLIGHT)).toEqual([])
  },
)
