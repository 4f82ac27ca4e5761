/** What is said of speculation is what the trials have, and how `run` has it where that is otherwise. */
import { expect, it } from 'vitest'
import { DEFAULTS } from '../cli/trial-defaults.ts'
import { cannedSpec } from './canned.fixture.ts'
import { speculationLines } from './conditions.ts'
import type { TrialSpec } from './trial-spec.ts'

const timely: TrialSpec = { ...cannedSpec, engine: 'timely' }
const off: TrialSpec = { ...cannedSpec, engine: 'dstream', dstream: {} }
const at = (speculation: number): TrialSpec => ({ ...off, dstream: { speculation } })
const byDefault = at(Number(DEFAULTS.speculation))

it.each<[string, readonly TrialSpec[], readonly string[]]>([
  ['nothing', [timely], []],
  [
    'off',
    [timely, off, off],
    ['Second copies of late tasks: speculation off (dstream); run has 1.4 by default.'],
  ],
  ['as in run', [byDefault], ['Second copies of late tasks: speculation 1.4 (dstream).']],
  [
    'in two ways',
    [byDefault, at(3)],
    ['Second copies of late tasks: speculation 1.4 or 3 (dstream); run has 1.4 by default.'],
  ],
])('%s', (_, specs, lines) => {
  expect(speculationLines(specs)).toEqual(lines)
})
