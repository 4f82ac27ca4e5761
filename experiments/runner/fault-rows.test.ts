/** Rows of `faults.csv`: a row for each fault of any kind, with what was planned, and what its witnesses say. */
import { expect, it } from 'vitest'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent, HistoryFields } from '../../engines/core/metrics/history.ts'
import { seconds } from '../../engines/core/units.ts'
import { cannedOutcome, cannedSpec } from './canned.fixture.ts'
import { faultRows } from './fault-rows.ts'
import { phasesOf } from './recovery-phases.ts'
import type { TrialSpec } from './trial-spec.ts'

const PLACE = {
  trialId: 't',
  role: 'fault',
  repeat: 1,
  repeats: 1,
  clockResolutionNs: 40,
} as const

/** The clock starts at 1 s, the input ends at 4 s, the deadline is at 5 s. */
const SPEC: TrialSpec = {
  ...cannedSpec,
  engine: 'dstream',
  history: { duration: seconds(1), rate: 1_000 },
}

const event = (at: number, name: string, fields: HistoryFields): HistoryEvent => {
  return { at: seconds(at), process: -1, incarnation: 0, event: name, fields }
}

function rowsOf(faults: FaultPlan, history: readonly HistoryEvent[]) {
  const tickEnd = (tick: number) => tick * SPEC.tick
  const calm = { commits: [], completed: [], dueBefore: () => 0, tickEnd, start: 0, end: 0 }
  const recoveries = phasesOf({ ...calm, outcome: 'completed', faults, history })
  const outcome = { ...cannedOutcome({ rate: 1_000, capacity: 2_000 }), recoveries }
  return faultRows({ ...SPEC, faults }, outcome, PLACE)
}

it('have instants since the start of the clock, and the suspicion of whom they hit', () => {
  const faults: FaultPlan = [
    { kind: 'kill', process: 0, at: seconds(2) },
    { kind: 'kill', process: 1, at: seconds(2.1) },
  ]
  const rows = rowsOf(faults, [
    event(2, 'fault-kill', { fault: 0, process: 0, witnessed: true }),
    event(2.1, 'fault-kill', { fault: 1, process: 1, witnessed: true }),
    event(2.5, 'worker-suspected', { worker: 0 }),
    event(2.6, 'worker-suspected', { worker: 1 }),
  ])
  expect(rows).toMatchObject([
    { fault: 1, kind: 'kill', target: 'worker 0', planned_at_ns: seconds(1) },
    { fault: 2, kind: 'kill', target: 'worker 1', planned_at_ns: seconds(1.1) },
  ])
  expect(rows.map((row) => row.witnessed_at_ns)).toEqual([seconds(1), seconds(1.1)])
  expect(rows.map((row) => row.detected_at_ns)).toEqual([seconds(1.5), seconds(1.6)])
  expect(rows.map((row) => row.planned_until_ns)).toEqual([undefined, undefined])
})

it('say whom each kind hit, and until when it was to last', () => {
  const lasting = { at: seconds(2), length: seconds(1) }
  const forever = { at: seconds(2), length: seconds(3) }
  const links = [
    { from: 0, to: 2 },
    { from: 2, to: 0 },
  ]
  const rows = rowsOf(
    [
      { kind: 'pause', process: 2, ...lasting },
      { kind: 'split', links, ...lasting },
      { kind: 'storage', what: 'torn', factor: 1, share: 0.5, ...forever },
      { kind: 'slow', process: 0, share: 0.5, at: { on: 'recovery', from: 0 }, length: seconds(1) },
    ],
    [event(2, 'driver-suspected', { driver: 2 })],
  )
  expect(rows.map(({ target }) => target)).toEqual([
    'driver',
    'worker 0 > driver, driver > worker 0',
    'storage, torn',
    'worker 0',
  ])
  const planned = rows.map((row) => [row.planned_at_ns, row.planned_until_ns])
  expect(planned).toEqual([
    [seconds(1), seconds(2)],
    [seconds(1), seconds(2)],
    [seconds(1), undefined],
    [undefined, undefined],
  ])
})

it('have no witness of a fault that hit nothing, nor a detection', () => {
  const [row] = rowsOf(
    [{ kind: 'kill', process: 0, at: seconds(2) }],
    [
      event(2, 'fault-kill', { fault: 0, process: 0, witnessed: false }),
      event(3, 'worker-suspected', { worker: 0 }),
    ],
  )
  expect([row!.witness, row!.witnessed_at_ns, row!.detected_at_ns]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('see that a driver is missed, and that somebody is behind a split', () => {
  const rows = rowsOf(
    [
      { kind: 'kill', process: 2, at: seconds(2) },
      { kind: 'split', links: [{ from: 0, to: 1 }], at: seconds(2), length: seconds(1) },
    ],
    [
      event(2, 'fault-kill', { fault: 0, process: 2, witnessed: true }),
      event(2, 'fault-split', { fault: 1, witnessed: true }),
      event(2.3, 'worker-suspected', { worker: 1 }),
      event(2.4, 'driver-suspected', { driver: 2 }),
    ],
  )
  expect(rows.map((row) => row.detected_at_ns)).toEqual([seconds(1.4), seconds(1.3)])
})

it('have a burst of the input, with its schedule as the witness', () => {
  const burst = { from: seconds(2), until: seconds(3), rate: 4_000 }
  const spec: TrialSpec = { ...cannedSpec, burst }
  const outcome = cannedOutcome({ rate: 1_000, capacity: 2_000 })
  const phases = { witnessedAt: seconds(2), latencyBackAt: seconds(5), latencyMax: seconds(2) }
  expect(faultRows(spec, { ...outcome, burst: phases }, PLACE)).toMatchObject([
    {
      fault: 1,
      kind: 'burst',
      target: 'input',
      planned_at_ns: seconds(2),
      planned_until_ns: seconds(3),
      witnessed_at_ns: seconds(2),
      recovery_ns: seconds(3),
      recovered: true,
    },
  ])
  // A trial that failed has none of its phases.
  expect(faultRows(spec, outcome, PLACE)[0]!.recovered).toBeUndefined()
})

it('have no recovery time of who was not seen back, however long it was watched', () => {
  const spec: TrialSpec = { ...cannedSpec, faults: [{ kind: 'kill', process: 1, at: seconds(2) }] }
  const outcome = cannedOutcome({ rate: 1_000, capacity: 2_000 })
  const phases = { witnessedAt: seconds(2), latencyBackAfter: seconds(6.9) }
  const [row] = faultRows(spec, { ...outcome, recoveries: [phases] }, PLACE)
  expect(row!.recovered).toBe(false)
  expect(row!.recovery_ns).toBeUndefined()
  expect(row!.latency_back_at_ns).toBeUndefined()
})

it('have each step of a resize, with whoever joined or left as the witness', () => {
  const steps = [
    { at: seconds(2), workers: 2 },
    { at: seconds(3), workers: 1 },
  ]
  const spec: TrialSpec = { ...cannedSpec, resize: { from: 1, steps } }
  const outcome = cannedOutcome({ rate: 1_000, capacity: 2_000 })
  const resizes = [{ witnessedAt: seconds(2.5), latencyBackAt: seconds(3) }, {}]
  expect(faultRows(spec, { ...outcome, resizes }, PLACE)).toMatchObject([
    {
      fault: 1,
      kind: 'join',
      target: '1 to 2 workers',
      planned_at_ns: seconds(2),
      witnessed_at_ns: seconds(2.5),
      recovery_ns: seconds(0.5),
      witness: 'worker-joined',
    },
    { fault: 2, kind: 'leave', target: '2 to 1 workers', witness: undefined },
  ])
})
