/**
 * Every kind of fault on real threads, on scripted processes. What is asserted is what was seen, how often, and in which order by
 * the run's own clock; nothing depends on how fast a machine is.
 */
import { expect, test } from 'vitest'
import type { Fault, FaultPlan } from '../../../faults/fault.ts'
import { placePartitions } from '../../../membership/membership.ts'
import type { RunRecord } from '../../../system.ts'
import { milliseconds, seconds } from '../../../units.ts'
import { events, expectComplete, play, useTemporaryFolder } from '../scripted-run.fixture.ts'
import { ECHO_MESSAGES } from '../scripted-scenes.ts'

useTemporaryFolder()

const FOREVER = { at: 0, length: Number.POSITIVE_INFINITY } as const

/** The witness of a fault that lasts, and how it ended. */
function witnessOf(record: RunRecord, plan: FaultPlan, place = 0) {
  const isIts = ({ fields }: { fields: object }) => 'fault' in fields && fields.fault === place
  const [began, ...others] = events(record, `fault-${plan[place]!.kind}`).filter(isIts)
  const [ended] = events(record, 'fault-ended').filter(isIts)
  expect(others).toEqual([])
  expect(began!.process).toBe(-1)
  return { began: began!, ended: ended!, hits: Number(ended!.fields.hits) }
}

function commitsOf(record: RunRecord, worker: number) {
  const placement = placePartitions(4, [0, 1])
  return record.commits.filter(({ partition }) => placement[partition] === worker)
}

function livesOf(record: RunRecord, worker: number): number {
  return record.processes.filter(({ process }) => process === worker).length
}

test('a paused process does nothing until its pause is over, and then goes on', async () => {
  const length = milliseconds(50)
  const plan: FaultPlan = [{ kind: 'pause', process: 1, at: milliseconds(30), length }]
  const record = await play('commit', { faults: plan })
  expectComplete(record)
  const { began, ended } = witnessOf(record, plan)
  expect(began.at).toBeGreaterThanOrEqual(milliseconds(30))
  expect(began.fields).toEqual({ fault: 0, process: 1, witnessed: true })
  expect(ended.fields).toEqual({ fault: 0, hits: 1 })
  expect(ended.at - began.at).toBe(length)
  const meanwhile = commitsOf(record, 1).filter(
    ({ visibleAt }) => visibleAt > began.at && visibleAt < ended.at,
  )
  expect(meanwhile).toEqual([])
  expect([livesOf(record, 0), livesOf(record, 1)]).toEqual([1, 1])
})

test('who is paused for longer than the detector waits is fenced, and replaced; a pause is for one life', async () => {
  const plan: FaultPlan = [
    { kind: 'pause', process: 1, at: milliseconds(50), length: seconds(600) },
  ]
  const record = await play('heartbeats', { faults: plan })
  expectComplete(record)
  const { began, hits } = witnessOf(record, plan)
  expect(hits).toBe(1)
  expect(livesOf(record, 1)).toBeGreaterThan(1)
  const [born] = events(record, 'born-again')
  expect(born!.fields.poisoned).toBe(true)
  const meanwhile = commitsOf(record, 1).filter(
    ({ visibleAt }) => visibleAt > began.at && visibleAt < born!.at,
  )
  expect(meanwhile).toEqual([])
})

test('who has not looked at a membership for as long as a life has to start is ended, and who waited for it begins', async () => {
  const record = await play('linger', {
    config: { workers: 3 },
    faults: [
      { kind: 'pause', process: 0, at: milliseconds(10), length: seconds(600) },
      { kind: 'kill', process: 2, at: milliseconds(20) },
    ],
  })
  expectComplete(record)
  const behind = events(record, 'process-behind')
  expect(behind.map(({ fields }) => fields)).toEqual(
    [0, 1].map((process) => ({ process, incarnation: 1, generation: 2 })),
  )
  const again = events(record, 'process-started').filter(({ fields }) => fields.incarnation === 2)
  expect(again[0]!.fields.process).toBe(2)
  expect(again.map(({ fields }) => fields.process).sort()).toEqual([0, 1, 2])
  expect(again[0]!.at).toBeGreaterThanOrEqual(behind[0]!.at)
  expect(events(record, 'lingered')).toEqual([])
})

test('a slow process rests after its steps, and gets done', async () => {
  const plan: FaultPlan = [{ kind: 'slow', process: 1, ...FOREVER, share: 0.3 }]
  const record = await play('echo', { faults: plan })
  expectComplete(record)
  expect(witnessOf(record, plan).hits).toBeGreaterThan(0)
})

test.each([
  ['another process', 1],
  ['who makes it', 0],
])('a kill during a checkpoint falls into it: %s', async (_, victim) => {
  const at = { on: 'checkpoint', from: milliseconds(10) } as const
  const record = await play('checkpoint', {
    deadline: milliseconds(400),
    faults: [{ kind: 'kill', process: victim, at }],
  })
  const [began] = events(record, 'checkpoint-began')
  const [kill] = events(record, 'fault-kill')
  const [wentOn] = events(record, 'went-on')
  expect(kill!.fields).toMatchObject({ fault: 0, process: victim, witnessed: true })
  expect(kill!.at).toBeGreaterThanOrEqual(began!.at)
  if (victim === 0) expect(wentOn).toBeUndefined()
  else expect(wentOn!.at).toBeGreaterThanOrEqual(Number(kill!.fields.endedAt))
})

test('a fault that is due in the middle of a moment begins at once', async () => {
  const at = { on: 'checkpoint', from: milliseconds(60) } as const
  const record = await play('checkpoint', {
    deadline: milliseconds(400),
    faults: [{ kind: 'kill', process: 1, at }],
  })
  const [kill] = events(record, 'fault-kill')
  expect(kill!.fields.witnessed).toBe(true)
  expect(kill!.at).toBeGreaterThanOrEqual(at.from)
})

test('a kill during recovery finds a membership that not everybody has seen', async () => {
  // Ticks are owed until long after both kills: the run does not end before both have been replaced.
  const record = await play('heartbeats', {
    config: { workers: 3, tick: milliseconds(400), input: { rate: 0, duration: seconds(2) } },
    faults: [
      { kind: 'kill', process: 1, at: milliseconds(50) },
      { kind: 'kill', process: 2, at: { on: 'recovery', from: 0 } },
    ],
  })
  expectComplete(record)
  const kills = events(record, 'fault-kill')
  expect(kills.map(({ fields }) => [fields.process, fields.witnessed])).toEqual([
    [1, true],
    [2, true],
  ])
  expect(kills[1]!.at).toBeGreaterThanOrEqual(events(record, 'generation-issued')[0]!.at)
  expect([livesOf(record, 1), livesOf(record, 2)].every((lives) => lives > 1)).toBe(true)
})

test('messages arrive once and in order over links that delay, double and lose frames both ways', async () => {
  const both = [
    { from: 0, to: 1 },
    { from: 1, to: 0 },
  ]
  const links = { ...FOREVER, links: both }
  const plan: FaultPlan = [
    { kind: 'delay', ...links, by: milliseconds(1), share: 0.02 },
    { kind: 'duplicate', ...links, by: 0, share: 0.2 },
    { kind: 'drop', ...links, by: 0, share: 0.001 },
  ]
  const record = await play('echo', { faults: plan })
  expectComplete(record)
  expect(events(record, 'echoed').map(({ fields }) => fields)).toEqual([
    { control: ECHO_MESSAGES, data: ECHO_MESSAGES },
  ])
  for (const place of plan.keys()) {
    expect(witnessOf(record, plan, place).hits).toBeGreaterThan(0)
  }
})

test('what does not pass a split is sent again when it is over', async () => {
  const links = [{ from: 0, to: 1 }]
  const plan: FaultPlan = [{ kind: 'split', at: 0, length: milliseconds(100), links }]
  const record = await play('echo', { faults: plan })
  expectComplete(record)
  expect(events(record, 'echoed').length).toBe(1)
  expect(witnessOf(record, plan).hits).toBeGreaterThan(0)
  expect(record.processes[0]!.counters.retransmissions).toBeGreaterThan(0)
})

test('who is behind closes its ticks late, by the clock that commits go by', async () => {
  const by = -milliseconds(40)
  const plan: FaultPlan = [{ kind: 'skew', process: 1, ...FOREVER, by }]
  const record = await play('commit', { faults: plan })
  expectComplete(record)
  expect(witnessOf(record, plan).hits).toBeGreaterThan(0)
  for (const { tick, visibleAt } of commitsOf(record, 1)) {
    expect(visibleAt).toBeGreaterThanOrEqual(tick - by)
  }
})

test('half of each blob is under its name, and who wrote it is told that it failed', async () => {
  const plan: FaultPlan = [{ kind: 'storage', what: 'torn', ...FOREVER, factor: 1, share: 1 }]
  const record = await play('storage', { faults: plan })
  expectComplete(record)
  const own = (process: number): string =>
    [
      'failed',
      'failed',
      `done:checkpoints/${process}/a,checkpoints/${process}/b`,
      'done:1500000 true false',
      'done',
      'missing',
      `done:checkpoints/${process}/a`,
    ].join(' | ')
  expect(
    events(record, 'stored')
      .map(({ fields }) => fields.log)
      .sort(),
  ).toEqual([own(0), own(1)])
  expect(witnessOf(record, plan).hits).toBe(4)
})

test('a fault that hit nothing is not witnessed, and one whose instant never came has said nothing', async () => {
  const plan: FaultPlan = [
    { kind: 'storage', what: 'full', ...FOREVER, factor: 1, share: 1 },
    { kind: 'pause', process: 1, at: seconds(50), length: 1 },
  ]
  const record = await play('commit', { faults: plan })
  expectComplete(record)
  const { began, hits } = witnessOf(record, plan)
  expect(began.fields).toEqual({ fault: 0, witnessed: false })
  expect(hits).toBe(0)
  expect(events(record, 'fault-pause')).toEqual([])
})

const REFUSED = [
  ['contention', { kind: 'contend', process: 1, ...FOREVER, tasks: 2 }, /simulated world/],
  ['an instant before the start', { kind: 'kill', process: 1, at: -1 }, /at least 0/],
  ['a process below the first', { kind: 'pause', process: -1, ...FOREVER }, /at least 0/],
] as const satisfies readonly (readonly [string, Fault, RegExp])[]

test.each(REFUSED)('refused by name: %s', async (_, fault, why) => {
  await expect(play('commit', { faults: [fault] })).rejects.toThrow(why)
})
