/** Conformance: texts are told apart by their bytes, and by nothing else, by kernels and plain functions, whoever is killed. */
import { expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { TEXTS_NAMES, TORN_LINES, TORN_STATICS, textsPlan } from './plans/texts.ts'
import { INTERVAL_MS, type Subject } from './scenario.ts'

export function textsConform(subject: Subject): void {
  it.each(TEXTS_NAMES)('%s', async (name) => {
    const run = (kernels: 'columns' | 'plain') =>
      runRight(subject, {
        plan: textsPlan(name, INTERVAL_MS),
        lines: TORN_LINES,
        statics: TORN_STATICS,
        config: { kernels, keepRows: true },
        faults: [{ kind: 'kill', process: 1, at: milliseconds(1_310) }],
      })
    const columns = await run('columns')
    expect(columns.commits.some(({ rows }) => rows > 0)).toBe(true)
    expect(commitsByPlace(await run('plain'))).toEqual(commitsByPlace(columns))
  })
}
