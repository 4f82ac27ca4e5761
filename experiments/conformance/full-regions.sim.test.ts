/** Back-pressure of regions on both engines in the simulated world: full for a while is no error, and full for good is one that names it. */
import { describe, expect, it } from 'vitest'
import {
  FULL_FOR_A_WHILE,
  FULL_FOR_GOOD,
  NEARLY_FULL,
  NEARLY_FULL_WITHOUT_DISK,
} from '../../engines/core/conformance/full-regions.ts'
import { counterOf, trialOf } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { problemsOf } from '../../engines/core/conformance/truth.ts'
import { CapacityError } from '../../engines/core/errors.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'

describe.each(ENGINES)('%s', (engine) => {
  const subject = simulatedSubject(engine, checkedEngineOf)

  it('holds input back until a region has room again', async () => {
    const scenario = FULL_FOR_A_WHILE[engine]
    const trial = trialOf(engine, scenario)
    const record = await subject.run(trial, scenario.options)
    expect(await problemsOf(trial, record)).toEqual([])
    if (engine === 'dstream') expect(counterOf(record, 'heldTasks')).toBeGreaterThan(0)
  })

  it('ends with an error that names the region where state has no room', async () => {
    const record = await subject.run(trialOf(engine, FULL_FOR_GOOD), FULL_FOR_GOOD.options)
    expect(record.outcome).toBe('failed')
    expect(record.error).toBeInstanceOf(CapacityError)
    expect(record.error?.message).toMatch(/from the region of process [01]/)
  })
})

it('dstream: sends blocks to disk that its store has room for, and its region has not', async () => {
  const trial = trialOf('dstream', NEARLY_FULL)
  const record = await simulatedSubject('dstream', checkedEngineOf).run(trial, NEARLY_FULL.options)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(counterOf(record, 'blockSpills')).toBeGreaterThan(0)
})

it('dstream: waits for no room that nothing will make', async () => {
  const { options } = NEARLY_FULL_WITHOUT_DISK
  const trial = trialOf('dstream', NEARLY_FULL_WITHOUT_DISK)
  const record = await simulatedSubject('dstream', checkedEngineOf).run(trial, options)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(counterOf(record, 'heldTasks')).toBeGreaterThan(0)
})
