/**
 * The repository's rules as a test: who may import whom, which calls may appear where, how long things may be.
 * The rules in words are in `engines/README.md`.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['engines', 'workloads', 'experiments', 'results', 'notebooks']

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly isTest: boolean
}

function sources(): SourceFile[] {
  const found: SourceFile[] = []
  const walk = (directory: string): void => {
    for (const name of readdirSync(directory).sort()) {
      const path = join(directory, name)
      // A link, such as that to the latest run, is not followed: it may lead nowhere.
      const status = lstatSync(path)
      if (status.isSymbolicLink()) continue
      if (status.isDirectory()) {
        if (name !== 'node_modules') walk(path)
      } else if (name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.as.ts')) {
        const text = readFileSync(path, 'utf8')
        found.push({ path: relative(root, path), text, isTest: /\.(test|bench)\.ts$/.test(name) })
      }
    }
  }
  for (const folder of folders) walk(join(root, folder))
  return found
}

const files = sources()

/** Repository paths that a file imports (static and dynamic, types too). */
function importsOf(file: SourceFile): string[] {
  const specifiers = [
    ...file.text.matchAll(/(?:^|\n)\s*(?:import|export)[^'"]*?from\s+'([^']+)'/g),
    ...file.text.matchAll(/import\(\s*'([^']+)'/g),
  ].map((match) => match[1]!)
  return specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(root, resolve(root, dirname(file.path), specifier)))
}

/** The folder of a path, as far as layers go. */
function layerOf(path: string): string {
  const match =
    /^engines\/(core|timely|dstream|peers)\//.exec(path) ??
    /^(engines|workloads|experiments|results|notebooks)\//.exec(path)
  return match ? match[1]! : path
}

const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  timely: ['core', 'timely'],
  dstream: ['core', 'dstream'],
  peers: ['core', 'peers'],
  engines: ['core', 'timely', 'dstream', 'peers', 'engines'],
  workloads: ['core', 'workloads'],
  experiments: ['core', 'engines', 'workloads', 'results', 'experiments', 'notebooks'],
  results: ['results', 'core'],
  notebooks: ['results', 'notebooks'],
}

/** Who starts a Node without the preflight, each with its reason. */
const unprepared: Readonly<Record<string, string>> = {
  'experiments/campaign/verify.ts': 'the test runner, whose processes have it by vitest.config.ts',
  'experiments/runner/isolate.test.ts': 'a script about V8, of no module of the project',
}

/** Where a rule may be broken, each with its reason. */
const layerExceptions: readonly (readonly [from: string, to: string, reason: string])[] = [
  [
    'notebooks/',
    'engines/core/errors.ts',
    'errors have one form everywhere; the file imports nothing',
  ],
  [
    'experiments/planted-bugs/',
    'engines/timely/graph/one-frame-links.fixture.ts',
    'bugs of path summaries are tried on a graph of its own, whose links hold one frame',
  ],
]

describe('layers', () => {
  it('point in one direction', () => {
    const wrong: string[] = []
    for (const file of files) {
      if (file.isTest) continue
      for (const target of importsOf(file)) {
        const from = layerOf(file.path)
        if ((mayImport[from] ?? []).includes(layerOf(target))) continue
        const excepted = layerExceptions.some(
          ([source, to]) => file.path.startsWith(source) && target === to,
        )
        if (!excepted) wrong.push(`${file.path} imports ${target}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('an engine never sees the other, not even in its tests', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) =>
          layerOf(file.path) === 'timely'
            ? layerOf(target) === 'dstream'
            : layerOf(file.path) === 'dstream' && layerOf(target) === 'timely',
        )
        .map((target) => `${file.path} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('the interpreter shares nothing with what it judges but plan, units and canonical encoding', () => {
    const shared =
      /^engines\/core\/(interpreter\/|plan\/plan\.ts$|units\.ts$|columns\/value-codec\.ts$)/
    const wrong = files
      .filter(({ path }) => path.startsWith('engines/core/interpreter/'))
      .filter(({ path, isTest }) => !isTest && !path.endsWith('.fixture.ts'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !shared.test(target))
          .map((target) => `${file.path} imports ${target}`),
      )
    expect(wrong).toEqual([])
  })
})

const code = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')

describe('forbidden calls', () => {
  const worldly =
    /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|hrtime)\b/

  it('clocks, timers and chance appear only in the threads world', () => {
    const wrong = files
      .filter(
        ({ path, isTest }) =>
          !isTest &&
          /^(engines|workloads)\//.test(path) &&
          !path.startsWith('engines/core/world/threads/'),
      )
      .filter(({ text }) => worldly.test(code(text)))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('threads, files, sockets and processes: only there, where kernels are built and loaded, and in peers', () => {
    const outside =
      /from 'node:(fs|net|https?|child_process|worker_threads|process|dgram|tls|timers)\b/
    const wrong = files
      .filter(({ path, isTest }) => !isTest && path.startsWith('engines/'))
      .filter(({ path }) => !/^engines\/(peers|core\/world\/threads)\//.test(path))
      .filter(({ path }) => !/^engines\/core\/kernels\/(build|wasm-kernels)\.ts$/.test(path))
      .filter(({ text }) => outside.test(text))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('engines do not know that faults are planned', () => {
    const wrong = files
      .filter(({ path }) => /^engines\/(timely|dstream)\//.test(path))
      .filter(({ path, isTest }) => !isTest && !path.endsWith('.fixture.ts'))
      .filter((file) => importsOf(file).some((to) => to.startsWith('engines/core/faults/')))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('a process is started with the preflight, or with all that its parent was', () => {
    const wrong = files
      .filter(({ path }) => path !== 'engines/tidy.test.ts')
      .filter(({ text }) => /\bexecPath\b/.test(code(text)))
      .filter(({ text }) => !/\/preflight\.mjs\b|\.\.\.process\.execArgv/.test(code(text)))
      .map(({ path }) => path)
    expect(wrong).toEqual(Object.keys(unprepared))
  })

  it('engines have no promises', () => {
    const wrong = files
      .filter(({ path, isTest }) => !isTest && /^engines\/(timely|dstream)\//.test(path))
      .filter(({ text }) => /\b(async|await|Promise)\b/.test(code(text)))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('where a tick ends is asked of the log of ticks, never computed', () => {
    const arithmetic =
      /[*/%]\s+\(?(\w+\.|this\.#)*tick\b|\bconfig\.tick\s+[*/%]|[+-]=\s+(\w+\.|this\.#)*tick\b/
    // Where the first decision is checked; a suite's own truth; another system's engine.
    const excepted =
      /^engines\/(core\/conformance|peers)\/|^engines\/(timely|dstream)\/engine\.ts$|\/plan\/dataflow-builder\.ts$/
    const wrong = files
      .filter(({ path, isTest }) => !isTest && path.startsWith('engines/'))
      .filter(({ path }) => !/\.fixture\.ts$|\/scripted-\w+\.ts$/.test(path))
      .filter(({ path }) => path !== 'engines/core/input/tick-log.ts' && !excepted.test(path))
      .filter(({ text }) => arithmetic.test(code(text)))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })

  it('simulated runs of suites, campaigns and engines’ own tests are of engines that check their invariants', () => {
    const checked =
      /^engines\/core\/conformance\/checked-system\.ts$|^engines\/(timely|dstream)\/(trial\.fixture|\w+\/evolved?(-dstream)?\.sim\.test)\.ts$/
    const simulating = files
      .filter(({ path }) => path !== 'engines/tidy.test.ts')
      .filter(({ text }) => /\bsimulate\(/.test(code(text)))
    const wrong = simulating
      .filter(({ path }) => !path.startsWith('engines/core/world/simulated/'))
      .filter(({ path, text }) => !checked.test(path) || !/\b[cC]hecked\w*Engine\b/.test(text))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
    // A trial that is measured is of an engine that nobody observes.
    const measuring = files
      .filter(
        ({ path, text }) =>
          path !== 'engines/tidy.test.ts' && /\bsimulatedSystem\(/.test(code(text)),
      )
      .map(({ path }) => path)
    expect(measuring).toEqual([
      'engines/core/world/simulated/simulated-system.ts',
      'experiments/runner/trial.ts',
    ])
  })

  it('csv-stringify and vega live in one place each', () => {
    const users = (name: RegExp): string[] =>
      files.filter(({ text, isTest }) => !isTest && name.test(text)).map(({ path }) => path)
    for (const path of users(/from 'csv-stringify/)) expect(path).toBe('results/writer.ts')
    for (const path of users(/'vega(-lite)?'/)) expect(path).toMatch(/^notebooks\/report\//)
  })

  it('no test sleeps, is skipped for good, or is focused', () => {
    const wrong = files
      .filter(({ isTest, path }) => isTest && path !== 'engines/tidy.test.ts')
      .filter(({ text }) =>
        /\b(setTimeout|sleep)\(|\b(it|test|describe)\.(only|skip|todo)\(/.test(code(text)),
      )
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })
})

describe('sizes', () => {
  it('a file is one noun: at most 400 lines, tests 600', () => {
    const wrong = files
      .map(({ path, text, isTest }) => ({
        path,
        lines: text.split('\n').length,
        limit: isTest ? 600 : 400,
      }))
      .filter(({ lines, limit }) => lines > limit)
      .map(({ path, lines }) => `${path}: ${lines}`)
    expect(wrong).toEqual([])
  })
})
