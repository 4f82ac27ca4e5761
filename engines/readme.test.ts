/** What the README says that each model can and cannot express: each row of the table names a test that exists. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

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

it('the table of the models has rows, and a cell for each model', () => {
  expect(rows.length).toBeGreaterThan(3)
  for (const cells of rows)
    expect(cells.map((cell) => cell !== '')).toEqual([true, true, true, true])
})

it.each(rows.map((cells) => [cells[0], cells[3]] as const))('%s', (_, held = '') => {
  const [, path, title] = /^`([^`]+)`: (.+)$/.exec(held) ?? []
  expect([path, title], held).not.toContain(undefined)
  expect(fileOf(path!)).toContain(title)
})
