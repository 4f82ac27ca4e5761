/**
 * What the README says that each model can and cannot express: each row of the table names tests that exist, and there is a row for
 * every word that one of the engines refuses.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runs } from './core/plan/operator-support.ts'
import { WORDS } from './core/plan/vocabulary.ts'
import { ENGINES } from './index.ts'

const fileOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const [, section = ''] = fileOf('README.md').split('## What each model can and cannot express\n')
const [table = ''] = section.split('\n## ')
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )

/** Whether a file has a test, or a case of a suite, of this title. Titles may be of many: `'a kill, %s'` is one of `a kill`. */
function hasTitle(text: string, title: string): boolean {
  const literal = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const many = '(?:%[sdj][^\'"`\\n]*)'
  const quoted = new RegExp(`(['"\`])(?:%s )?${literal}(?:[,:]? ?${many})?\\1`)
  return quoted.test(text) || new RegExp(`^ +${literal}: `, 'm').test(text)
}

describe('the table of the models', () => {
  it('has rows, and a cell for each model', () => {
    expect(rows.length).toBeGreaterThan(3)
    for (const cells of rows)
      expect(cells.map((cell) => cell !== '')).toEqual([true, true, true, true])
  })

  it.each(rows.map((cells) => [cells[0], cells[3]] as const))('%s', (_, held = '') => {
    for (const each of held.split('<br>')) {
      const [, path, title] = /^`([^`]+\.ts)`: (.+)$/.exec(each) ?? []
      expect([path, title], each).not.toContain(undefined)
      expect(hasTitle(fileOf(path!), title!), each).toBe(true)
    }
  })

  it('has a row for every word that an engine refuses', () => {
    const refused = WORDS.filter((word) => !ENGINES.every((engine) => runs(engine, word)))
    expect(refused.length).toBeGreaterThan(1)
    for (const { word } of refused) {
      const own = rows.filter(([what = '']) => what.includes(`\`${word}\``))
      expect(own.length, word).toBeGreaterThan(0)
    }
  })
})

it('a title that no test has is found out', () => {
  const text =
    "it('rows that left, %s', f)\nit.each(all)('%s answers are right', f)\n  transform: g"
  for (const title of ['rows that left', 'answers are right', 'transform']) {
    expect(hasTitle(text, title)).toBe(true)
  }
  for (const title of ['rows that', 'answers', 'rows that left, all', 'form']) {
    expect(hasTitle(text, title)).toBe(false)
  }
})
