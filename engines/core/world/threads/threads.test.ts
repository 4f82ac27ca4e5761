/** The threads world from outside, with real threads and a scripted engine. Waits are the runs' own; nothing is timed. */
import { expect, test } from 'vitest'
import { milliseconds } from '../../units.ts'
import { THREADS } from './run-on-threads.ts'
import { events, expectComplete, play, useTemporaryFolder } from './scripted-run.fixture.ts'
import { ECHO_MESSAGES } from './scripted-scenes.ts'
import { SCRIPTED } from './scripted-trial.ts'

useTemporaryFolder()

test('a run ends when every partition has committed its last tick', async () => {
  const record = await play('commit')
  expectComplete(record)
  expect(record.commits.length).toBe(20)
  expect(record.staleCommits).toBe(0)
  expect(record.world).toBe('threads')
  expect(record.processes.map(({ process, incarnation }) => [process, incarnation])).toEqual([
    [0, 1],
    [1, 1],
  ])
  for (const { cpuNs } of record.processes) expect(cpuNs).toBeGreaterThan(0)
})

test('messages arrive in order and whole over small rings, in both classes', async () => {
  const record = await play('echo', {
    options: { dataRingBytes: 65_536, controlRingBytes: 32_768 },
  })
  expectComplete(record)
  expect(events(record, 'echoed').map(({ fields }) => fields)).toEqual([
    { control: ECHO_MESSAGES, data: ECHO_MESSAGES },
  ])
  const counters = record.processes[1]!.counters
  expect(counters.messages).toBe(2 * ECHO_MESSAGES)
  expect(counters.staleMessages ?? 0).toBe(0)
})

test('a run with a history starts its clock behind it', async () => {
  const history = { duration: milliseconds(60), rate: 0 }
  const record = await play('commit', {
    config: { input: { rate: 0, duration: milliseconds(100), history } },
  })
  expectComplete(record)
  for (const { visibleAt } of record.commits) {
    expect(visibleAt).toBeGreaterThanOrEqual(milliseconds(60))
  }
})

test('a spin budget changes nothing but the waiting', async () => {
  const record = await play('echo', { options: { spin: 50_000 } })
  expectComplete(record)
})

test('a message larger than its ring is refused by name', async () => {
  const record = await play('echo', { options: { controlRingBytes: 4096 } })
  expect(record.outcome).toBe('failed')
  expect(record.error).toMatchObject({ code: 'capacity' })
  expect(record.error?.message).toMatch(/its control ring has 4096 bytes/)
})

test('storage keeps blobs larger than its rings, lists them in order, and knows what is missing', async () => {
  const record = await play('storage')
  expectComplete(record)
  const own = (process: number): string =>
    [
      'done',
      'done',
      `done:checkpoints/${process}/a,checkpoints/${process}/b`,
      'done:3000000 true false',
      'done',
      'missing',
      `done:checkpoints/${process}/a`,
    ].join(' | ')
  const logs = events(record, 'stored').map(({ process, fields }) => [process, fields.log])
  expect(logs.sort()).toEqual([
    [0, own(0)],
    [1, own(1)],
  ])
})

test('of two proposals on one generation one wins, and everybody sees the same', async () => {
  const record = await play('propose')
  expectComplete(record)
  const issued = events(record, 'generation-issued')
  expect(issued.length).toBe(1)
  const { term, proposer } = issued[0]!.fields
  expect(term).toBe(100 + Number(proposer))
  const adopted = events(record, 'generation-adopted').map(({ fields }) => fields)
  expect(adopted).toEqual([
    { generation: 2, term },
    { generation: 2, term },
  ])
})

test('a commit of an older generation is refused and counted', async () => {
  const record = await play('stale')
  expectComplete(record)
  expect(record.staleCommits).toBe(2)
  expect(record.commits.every(({ generation }) => generation === 2)).toBe(true)
  expect(events(record, 'committed-late').map(({ fields }) => fields.outcome)).toEqual([
    'stale',
    'stale',
  ])
})

test('kept rows come back as they were', async () => {
  const record = await play('rows', { config: { keepRows: true } })
  expectComplete(record)
  expect(record.rows.length).toBe(20)
  for (const { rows, tick, partition } of record.rows) {
    expect(rows).toEqual([
      [`é${tick}`, undefined],
      [partition, 2n ** 60n],
    ])
  }
})

test('of kept rows those come back that will be looked at', async () => {
  const record = await play('rows', { config: { keepRows: true, keepRowsMax: 1 } })
  expectComplete(record)
  expect(record.rows.length).toBe(20)
  for (const { rows, partition } of record.rows) expect(rows).toEqual([[partition, 2n ** 60n]])
})

test('what is written while a process is created is there when the run begins', async () => {
  const record = await play('fill')
  expectComplete(record)
  expect(events(record, 'filled').map(({ fields }) => fields.changed)).toEqual([0, 0])
})

test('a run that does not come to its end is timed out', async () => {
  const record = await play('silent', { deadline: milliseconds(150) })
  expect(record.outcome).toBe('timed-out')
  expect(record.error).toMatchObject({ name: 'DeadlineError', code: 'deadline' })
  expect(record.error?.message).toMatch(
    /deadline at 150ms: 20 are missing, no tick is whole; alive: worker 0, worker 1\./,
  )
  expect(record.commits).toEqual([])
})

test('an error in a process ends the run and keeps its message, code, context and stack', async () => {
  const record = await play('throw')
  expect(record.outcome).toBe('failed')
  expect(record.error).toMatchObject({
    name: 'CapacityError',
    code: 'capacity',
    message: 'a scene: a wall. walls stop scenes. Turn round.',
    context: { wall: 3 },
  })
  expect(record.error?.stack).toMatch(/scripted-endings/)
})

test('an error before the start ends the run', async () => {
  const record = await play('throw-in-create')
  expect(record.outcome).toBe('failed')
  expect(record.error?.message).toBe('no such scene')
})

test('a thread that ends by itself ends the run', async () => {
  const record = await play('exit')
  expect(record.outcome).toBe('failed')
  expect(record.error?.message).toMatch(
    /^the thread of process 1, to the end of the run: it ended by itself, with status 7\. .*process\.exit/,
  )
  expect(record.error).toHaveProperty('code', 'user-function')
})

test('a killed process is replaced after detection: poisoned region, no message of the old life', async () => {
  const record = await play('heartbeats', {
    options: { dataRingBytes: 65_536 },
    faults: [{ kind: 'kill', process: 1, at: milliseconds(50) }],
  })
  expectComplete(record)
  const kills = events(record, 'fault-kill')
  expect(kills.length).toBe(1)
  expect(kills[0]!.fields).toMatchObject({ process: 1, incarnation: 1, witnessed: true })
  expect(kills[0]!.at).toBeGreaterThanOrEqual(milliseconds(50))
  const births = events(record, 'born-again')
  expect(births.length).toBeGreaterThan(0)
  for (const { fields, at } of births) {
    expect(fields.poisoned).toBe(true)
    expect(at).toBeGreaterThan(milliseconds(50))
  }
  expect(births[0]!.incarnation).toBe(2)
  expect(record.processes.filter(({ process }) => process === 1).length).toBeGreaterThan(1)
})

test('a region is not used again while anybody is in a step that began under the generation before', async () => {
  const record = await play('linger', {
    config: { workers: 3 },
    faults: [{ kind: 'kill', process: 2, at: milliseconds(20) }],
  })
  expectComplete(record)
  expect(events(record, 'fault-kill').map(({ fields }) => fields.witnessed)).toEqual([true])
  const [lingered] = events(record, 'lingered')
  const next = events(record, 'process-started').filter(({ fields }) => fields.incarnation === 2)
  expect(next.map(({ fields }) => fields.process)).toEqual([2])
  expect(next[0]!.at).toBeGreaterThanOrEqual(lingered!.at)
})

test('a run in which nobody lives that could miss the dead ends at once, by name', async () => {
  const faults = [0, 1].map((process) => ({ kind: 'kill', process, at: milliseconds(20) }) as const)
  const record = await play('silent', { faults })
  expect(record.outcome).toBe('failed')
  expect(record.error).toMatchObject({ name: 'RecoveryError', code: 'recovery' })
  expect(record.error?.message).toMatch(
    /nobody is left to make it, worker 0 ended at [\d.]+m?s, worker 1 ended at [\d.]+m?s\./,
  )
})

test('a process in an endless loop is ended all the same', async () => {
  const record = await play('endless', {
    deadline: milliseconds(200),
    options: { stopTimeoutMs: 100 },
  })
  expect(record.outcome).toBe('timed-out')
  expect(record.error?.message).toMatch(
    /; still in a step 100ms later, and ended in it: worker \d.*a loop that does not end/,
  )
})

test('a run that is closed ends with the ticks that are whole, however few', async () => {
  const record = await play('silent', { closing: AbortSignal.abort() })
  expect(record.error).toBeUndefined()
  expect(record).toMatchObject({ outcome: 'completed', cutAt: 0, commits: [] })
  expect(events(record, 'run-cut').map(({ fields }) => fields)).toEqual([{ at: 0 }])
})

test('a kill of what is not running is recorded as not witnessed', async () => {
  const record = await play('silent', {
    deadline: milliseconds(300),
    faults: [
      { kind: 'kill', process: 1, at: milliseconds(20) },
      { kind: 'kill', process: 1, at: milliseconds(150) },
      { kind: 'kill', process: 9, at: milliseconds(151) },
    ],
  })
  expect(record.outcome).toBe('timed-out')
  expect(events(record, 'fault-kill').map(({ fields }) => fields.witnessed)).toEqual([
    true,
    false,
    false,
  ])
})

test('the real setup rebuilds plan, input and kernels in each thread, on the one memory', async () => {
  const record = await play('input', {
    config: {
      plan: {
        module: 'engines/core/world/threads/scripted-engine.ts',
        export: 'tinyPlan',
        parameters: { scene: 'input' },
      },
      kernels: 'columns',
      input: { rate: 1_000, duration: milliseconds(100) },
    },
    options: { modules: { ...THREADS.modules, engines: SCRIPTED } },
  })
  expectComplete(record)
  const seen = { due: 50, records: 2, first: 'a', kernels: 'columns', sameMemory: true, outputs: 1 }
  expect(events(record, 'input-seen').map(({ fields }) => fields)).toEqual([seen, seen])
})

test('a deadline within the input is refused', async () => {
  await expect(play('commit', { deadline: milliseconds(100) })).rejects.toMatchObject({
    code: 'configuration',
  })
})
