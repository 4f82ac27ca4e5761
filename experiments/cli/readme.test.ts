/** Commands, options, files and folders that the READMEs mention exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFault, writeFault } from '../../engines/core/faults/fault-line.ts'
import { WORDS } from '../../engines/core/plan/vocabulary.ts'
import { root } from './cli.fixture.ts'
import { buildProgram, DEFAULT_COMMAND } from './program.ts'

const program = buildProgram()
const commandNames = program.commands.map((command) => command.name())

function optionsOf(name: string): readonly string[] {
  const command = program.commands.find((candidate) => candidate.name() === name)
  return ['--help', '-h', ...(command?.options ?? []).flatMap(({ long }) => long ?? [])]
}

/** Of `notebooks/render.ts`, which is no command of the program. */
const RENDER_OPTIONS = ['--incomplete']

/** What is wrong with a command as it is written, in words. */
function faultsOf(written: string): readonly string[] {
  // A comment, a pipe or another command ends it.
  const [line = ''] = written.split(/\s#|[|;&`]/)
  const words = line.trim().split(/\s+/).filter(Boolean)
  const name = words[0] === undefined || words[0].startsWith('-') ? DEFAULT_COMMAND : words[0]
  if (![...commandNames, 'help'].includes(name)) return [`no command ${name}: ${written}`]
  const known = name === DEFAULT_COMMAND ? [...optionsOf(name), '--version'] : optionsOf(name)
  return words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0]!)
    .filter((option) => !known.includes(option))
    .map((option) => `${name} has no option ${option}: ${written}`)
}

/** Faults of a text in Markdown: its calls of the program, and options that stand in code by themselves. */
function faultsIn(text: string): readonly string[] {
  const joined = text.replaceAll('\\\n', ' ')
  const calls = [...joined.matchAll(/npm start -- ([^\n`]*)/g)].flatMap(([, rest]) =>
    faultsOf(rest!),
  )
  const all = new Set([...commandNames.flatMap(optionsOf), ...RENDER_OPTIONS])
  const alone = [...joined.matchAll(/`(--[a-z][a-z-]*)[^`\n]*`/g)]
    .map(([, option]) => option!)
    .filter((option) => !all.has(option))
    .map((option) => `no command has the option ${option}`)
  return [...calls, ...alone]
}

/** Where the paths of a README may begin: at its folder and those around it, in engines and their core, in a run. */
function basesOf(readme: string): readonly string[] {
  const around = [dirname(readme)]
  while (around.at(-1) !== '.') around.push(dirname(around.at(-1)!))
  return [...around, 'engines', 'engines/core', 'results/golden/compare']
}

/** Source files and folders in code, and links, that do not exist. In one line a path may begin where the one before it lies. */
function lostPathsIn(text: string, readme: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    let beside = dirname(readme)
    const named = [...line.matchAll(/`([\w./-]+(?:\.(?:ts|mjs|rs|toml|lock)|\/))`/g)]
    const lost = named.flatMap(([, path]) => {
      const base = [...basesOf(readme), beside].find((base) => existsSync(join(root, base, path!)))
      if (base === undefined) return [path!]
      beside = join(base, path!.endsWith('/') ? path! : dirname(path!))
      return []
    })
    const links = [...line.matchAll(/\]\(([^)#:]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !existsSync(join(root, dirname(readme), link)))
    return [...lost, ...links]
  })
}

const readmes = [
  'README.md',
  ...['engines', 'workloads', 'experiments', 'results', 'notebooks'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('README.md') && !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  ),
]

describe('READMEs', () => {
  it.each(readmes)('%s', (name) => {
    const text = readFileSync(join(root, name), 'utf8')
    expect(faultsIn(text)).toEqual([])
    expect(lostPathsIn(text, name)).toEqual([])
  })

  it('are those of the top folders, at least', () => {
    expect(readmes.filter((name) => /^(\w+\/)?README.md$/.test(name))).toHaveLength(6)
  })

  it('would be told of what does not exist', () => {
    expect(faultsIn('`npm start -- run grep --rate 2k/s --set pattern=x`, `npm start`')).toEqual([])
    expect(faultsIn('npm start -- frob')).toEqual(['no command frob: frob'])
    expect(faultsIn('npm start -- run grep --rat 2k')).toHaveLength(1)
    expect(faultsIn('npm start -- run grep \\\n  --rat 2k')).toHaveLength(1)
    expect(faultsIn('with `--frobnicate`')).toHaveLength(1)
    const text = 'see `plan/plan.ts`, `stream.ts` and `timely/`, [here](index.ts)'
    expect(lostPathsIn(text, 'engines/README.md')).toEqual([])
    expect(lostPathsIn(text, 'README.md')).toEqual(['index.ts'])
    expect(lostPathsIn('`stream.ts`, `plan/pain.ts`', 'README.md')).toHaveLength(2)
  })
})

it('the root README has every word of the language, in code', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const [, section = ''] = text.split('\n## Design\n')
  const [prose = ''] = section.replaceAll(/```.*?```/gs, '').split('\n## ')
  const code = [...prose.matchAll(/`([^`]+)`/g)].flatMap(([, all]) => all!.split(/\W+/))
  expect(code).toEqual(expect.arrayContaining(WORDS.map(({ word }) => word)))
})

it('the lines that show what faults there are, are faults', () => {
  const text = readFileSync(join(root, 'experiments', 'README.md'), 'utf8')
  const [, section = ''] = text.split('\n## Faults\n')
  const [, block = ''] = section.split('```\n')
  const lines = block.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(5)
  for (const line of lines) {
    const [fault = ''] = line.split(/ {2,}/)
    expect(writeFault(readFault(fault))).toBe(fault)
  }
})

describe('examples in the help', () => {
  it('exist', () => {
    for (const command of program.commands) {
      let text = ''
      command.configureOutput({ writeOut: (more) => (text += more) })
      command.outputHelp()
      expect(faultsIn(text)).toEqual([])
    }
  })
})
