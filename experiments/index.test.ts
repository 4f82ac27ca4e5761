/** The registry, its README, and claims that can be read. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ruleHash } from './experiment.ts'
import { EXPERIMENTS } from './index.ts'

it('the table of the README is the registry', () => {
  const text = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.includes('`npm start -- '))
  expect(rows.slice(0, EXPERIMENTS.length)).toEqual(
    EXPERIMENTS.map(
      ({ name, question, shows }) =>
        `| \`${name}\` | ${question} | ${shows} | \`npm start -- ${name}\` |`,
    ),
  )
})

it('claims have names of their own and a rule; its hash changes with it', () => {
  for (const { claims } of EXPERIMENTS) {
    expect(new Set(claims.map(({ name }) => name)).size).toBe(claims.length)
    for (const claim of claims) {
      expect(claim.rule.length).toBeGreaterThan(20)
      expect(claim.judgedBy.length).toBeGreaterThan(0)
      const changed = [
        { rule: `${claim.rule}!` },
        { judge: () => claim.judge([]) },
        { judgedBy: [...claim.judgedBy, import.meta.url] },
      ]
      for (const change of changed) {
        expect(ruleHash({ ...claim, ...change })).not.toBe(ruleHash(claim))
      }
      expect(claim.judge([]).state).toBe('cannot be tested here')
    }
  }
})
