/** Commands and options that the READMEs mention exist. A README or section that is missing is not this test's business. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './cli.fixture.ts'
import { buildProgram, DEFAULT_COMMAND } from './program.ts'

const program = buildProgram()
const commandNames = program.commands.map((command) => command.name())

function optionsOf(name: string): readonly string[] {
  const command = program.commands.find((candidate) => candidate.name() === name)
  return ['--help', '-h', ...(command?.options ?? []).flatMap(({ long }) => long ?? [])]
}

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
  const all = new Set(commandNames.flatMap(optionsOf))
  const alone = [...joined.matchAll(/`(--[a-z][a-z-]*)[^`\n]*`/g)]
    .map(([, option]) => option!)
    .filter((option) => !all.has(option))
    .map((option) => `no command has the option ${option}`)
  return [...calls, ...alone]
}

describe('READMEs', () => {
  it.each(['README.md', 'experiments/README.md', 'workloads/README.md'])('%s', (name) => {
    const path = join(root, name)
    if (existsSync(path)) expect(faultsIn(readFileSync(path, 'utf8'))).toEqual([])
  })

  it('would be told of what does not exist', () => {
    expect(faultsIn('`npm start -- run grep --rate 2k/s --set pattern=x`, `npm start`')).toEqual([])
    expect(faultsIn('npm start -- frob')).toEqual(['no command frob: frob'])
    expect(faultsIn('npm start -- run grep --rat 2k')).toHaveLength(1)
    expect(faultsIn('npm start -- run grep \\\n  --rat 2k')).toHaveLength(1)
    expect(faultsIn('with `--frobnicate`')).toHaveLength(1)
  })
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
