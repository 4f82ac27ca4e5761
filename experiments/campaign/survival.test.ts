/** How runs may end, by example: each kind of cut with what it survives, and with what it does not. */
import { describe, expect, it } from 'vitest'
import type { Fault, FaultPlan } from '../../engines/core/faults/fault.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { type Ending, endingsOf, type SurvivalRun } from './survival.ts'

const RUN: SurvivalRun = {
  engine: 'timely',
  workers: 3,
  engineProcesses: 3,
  ingest: 'log',
  replacement: 'respawn',
  survives: true,
  replicas: 1,
  detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
  latency: milliseconds(1),
  end: seconds(2),
  deadline: seconds(22),
  isStream: true,
}

const NONE: SurvivalRun = { ...RUN, survives: false }
const SURVIVORS: SurvivalRun = { ...RUN, replacement: 'survivors' }
const DSTREAM: SurvivalRun = { ...RUN, engine: 'dstream', engineProcesses: 4 }
const DSTREAM_SURVIVORS: SurvivalRun = { ...DSTREAM, replacement: 'survivors' }
const STANDBY: SurvivalRun = { ...RUN, workers: 4, engineProcesses: 4, replicas: 2 }
const STANDBY_SURVIVORS: SurvivalRun = { ...STANDBY, replacement: 'survivors' }
/** From one worker on, and back to one. */
const RESIZED: SurvivalRun = { ...RUN, present: 1 }
const DSTREAM_RESIZED: SurvivalRun = { ...DSTREAM, present: 1 }
const PUSHED: SurvivalRun = { ...RUN, ingest: 'pushed' }
const DSTREAM_PUSHED: SurvivalRun = { ...DSTREAM, ingest: 'pushed' }
const WHOLE: SurvivalRun = { ...RUN, isStream: false }

const kill = (process: number, ms: number): Fault => {
  return { kind: 'kill', process, at: milliseconds(ms) }
}
const inRecovery = (process: number): Fault => {
  return { kind: 'kill', process, at: { on: 'recovery', from: 0 } }
}
const pause = (process: number, ms: number, length = milliseconds(400)): Fault => {
  return { kind: 'pause', process, at: milliseconds(ms), length }
}
const split = (from: number, to: number, length = milliseconds(400)): Fault => {
  return { kind: 'split', links: [{ from, to }], at: milliseconds(500), length }
}
const reorder = (by: number): Fault => {
  const links = [{ from: 0, to: 1 }]
  return { kind: 'reorder', links, share: 0.3, by, at: milliseconds(500), length: seconds(1) }
}
const storage = (what: 'slow' | 'full' | 'lost', length = seconds(1)): Fault => {
  return { kind: 'storage', what, factor: 1, share: 1, at: 0, length }
}
const lostFrom = (at: Fault['at']): Fault => {
  return { kind: 'storage', what: 'lost', factor: 1, share: 1, at, length: seconds(1) }
}
const slow: Fault = { kind: 'slow', process: 1, share: 0.5, at: 0, length: seconds(1) }

const OUT: readonly Ending[] = ['recovery']
const ON: readonly Ending[] = ['completed']
const EITHER: readonly Ending[] = ['completed', 'recovery']

type Case = readonly [what: string, run: SurvivalRun, faults: FaultPlan, endings: readonly Ending[]]

const CASES: readonly Case[] = [
  ['nothing', RUN, [], ON],
  ['two of three, replaced', RUN, [kill(0, 900), kill(1, 900)], ON],
  ['one of them again and again', RUN, [kill(0, 300), kill(0, 900), kill(0, 1_500)], ON],
  ['all at once', RUN, [kill(0, 900), kill(1, 910), kill(2, 920)], OUT],
  ['all, one after the other', RUN, [kill(0, 300), kill(1, 900), kill(2, 1_500)], EITHER],
  ['all, the last perhaps', RUN, [kill(0, 900), kill(1, 900), inRecovery(2)], EITHER],
  ['the only one', { ...RUN, workers: 1 }, [kill(0, 900)], OUT],
  ['all for whom nobody waits', WHOLE, [kill(0, 900), kill(1, 900), kill(2, 900)], EITHER],
  ['a zombie, a split, a slow one', RUN, [pause(0, 500), split(1, 2), slow], ON],
  ['who is paused for good is replaced', RUN, [pause(0, 500, seconds(30))], ON],
  [
    'one is paused for good while all others may be taken for dead',
    RUN,
    [pause(0, 500, seconds(30)), split(1, 2), split(2, 1)],
    ['completed', 'deadline'],
  ],
  ['a split for good', RUN, [split(0, 1, seconds(30))], ['completed', 'deadline']],

  ['none: a kill', NONE, [kill(1, 900)], OUT],
  ['none: a kill too late to be missed', NONE, [kill(1, 1_990)], EITHER],
  ['none: a pause shorter than a detector waits', NONE, [pause(1, 900, milliseconds(20))], ON],
  ['none: a longer one', NONE, [pause(1, 900)], EITHER],
  ['none: a slow one', NONE, [slow], ON],
  ['none: frames overtaken', NONE, [reorder(milliseconds(10))], ON],
  [
    'none: frames overtaken, and those that tell of them',
    NONE,
    [reorder(milliseconds(40))],
    EITHER,
  ],

  ['survivors: two of three', SURVIVORS, [kill(0, 300), kill(1, 900)], ON],
  ['survivors: all', SURVIVORS, [kill(0, 300), kill(1, 900), kill(2, 1_500)], OUT],
  [
    'survivors: all, the last perhaps',
    SURVIVORS,
    [kill(0, 300), kill(1, 900), inRecovery(2)],
    EITHER,
  ],
  [
    'survivors: who wins a split dies',
    SURVIVORS,
    [split(0, 1), split(0, 2), split(2, 0), split(1, 0), kill(0, 1_500)],
    EITHER,
  ],
  ['survivors: a split alone', SURVIVORS, [split(0, 1), split(1, 0), split(2, 0), split(0, 2)], ON],

  ['driver: every worker, replaced', DSTREAM, [kill(0, 900), kill(1, 900), kill(2, 900)], ON],
  ['driver: itself', DSTREAM, [kill(3, 900)], ON],
  [
    'driver: itself and all workers but one',
    DSTREAM,
    [kill(0, 900), kill(2, 900), kill(3, 900)],
    ON,
  ],
  ['driver: all', DSTREAM, [0, 1, 2, 3].map((p) => kill(p, 900)), OUT],
  ['driver: it is not heard', DSTREAM, [split(3, 1)], ON],
  ['driver: it stands still for good', DSTREAM, [pause(3, 500, seconds(30))], ON],
  ['driver: it does not hear', DSTREAM, [split(1, 3)], ON],
  ['driver: workers do not hear each other', DSTREAM, [split(1, 2), split(2, 1)], ON],
  ['driver, survivors: itself', DSTREAM_SURVIVORS, [kill(3, 900)], OUT],
  ['driver, survivors: it is not heard', DSTREAM_SURVIVORS, [split(3, 1)], EITHER],
  [
    'driver, survivors: it stands still for good',
    DSTREAM_SURVIVORS,
    [pause(3, 500, seconds(30))],
    ['completed', 'recovery', 'deadline'],
  ],
  [
    'driver, survivors: all workers',
    DSTREAM_SURVIVORS,
    [kill(0, 300), kill(1, 900), kill(2, 900)],
    OUT,
  ],
  [
    'driver, survivors: it hears nobody',
    DSTREAM_SURVIVORS,
    [split(0, 3), split(1, 3), split(2, 3)],
    EITHER,
  ],

  ['standby: one of each replica', STANDBY, [kill(0, 900), kill(2, 900)], ON],
  ['standby: all at once', STANDBY, [0, 1, 2, 3].map((p) => kill(p, 900)), OUT],
  ['standby, survivors: a replica', STANDBY_SURVIVORS, [kill(2, 900), kill(3, 1_500)], ON],
  ['standby, survivors: one of each', STANDBY_SURVIVORS, [kill(1, 300), kill(2, 1_500)], OUT],
  [
    'standby, survivors: one of each, one perhaps',
    STANDBY_SURVIVORS,
    [kill(1, 300), inRecovery(2)],
    EITHER,
  ],
  [
    'standby, survivors: one of each is missed',
    STANDBY_SURVIVORS,
    [pause(0, 300), pause(3, 900)],
    EITHER,
  ],
  [
    'standby, survivors: none in which nobody is',
    STANDBY_SURVIVORS,
    [pause(0, 300), split(1, 2)],
    ON,
  ],
  [
    'standby: a replica stands still for good, and one of the other is missed before that is',
    STANDBY,
    [pause(0, 500, seconds(30)), pause(1, 500, seconds(30)), pause(2, 450)],
    ON,
  ],
  [
    'standby, survivors: the same, and nobody is left who could miss it',
    STANDBY_SURVIVORS,
    [pause(0, 500, seconds(30)), pause(1, 500, seconds(30)), pause(2, 450)],
    ['completed', 'recovery', 'deadline'],
  ],
  [
    'standby, survivors: the same, but for a worker of the other',
    STANDBY_SURVIVORS,
    [pause(0, 500, seconds(30)), pause(1, 500, seconds(30))],
    ON,
  ],

  ['pushed: one', PUSHED, [kill(0, 900)], ON],
  ['pushed: two', PUSHED, [kill(0, 900), kill(1, 900)], EITHER],
  ['pushed: the client', PUSHED, [kill(3, 900)], OUT],
  ['pushed: a client that is silent for a while', PUSHED, [pause(3, 900)], ON],
  ['pushed: a client that is silent for long', PUSHED, [pause(3, 900, seconds(1.05))], EITHER],
  [
    'pushed: a client that stands still for good, and a worker is left that misses it',
    DSTREAM_PUSHED,
    [pause(4, 500, seconds(30)), kill(0, 900), kill(1, 900)],
    EITHER,
  ],
  [
    'pushed: the same, and none is',
    DSTREAM_PUSHED,
    [pause(4, 500, seconds(30)), kill(0, 900), kill(1, 900), kill(2, 900)],
    ['completed', 'recovery', 'deadline'],
  ],
  [
    'pushed: the same, as all may wait to begin again: their spills were lost',
    DSTREAM_PUSHED,
    [pause(4, 500, seconds(30)), storage('lost')],
    ['completed', 'recovery', 'storage', 'deadline'],
  ],

  ['resized: who joins, and who leaves', RESIZED, [kill(1, 300), kill(2, 900)], ON],
  ['resized: who is always there', RESIZED, [kill(0, 900)], EITHER],
  ['resized: all at once', RESIZED, [kill(0, 900), kill(1, 900), kill(2, 900)], EITHER],
  ['resized, survivors: who is always there', { ...SURVIVORS, present: 1 }, [kill(0, 900)], EITHER],
  ['resized, driver: a worker, and all others stay', DSTREAM_RESIZED, [kill(0, 900)], ON],
  [
    'resized, driver: both who are always there',
    DSTREAM_RESIZED,
    [kill(0, 900), kill(3, 900)],
    EITHER,
  ],
  ['resized: who joins stands still for good', RESIZED, [pause(1, 500, seconds(30))], ON],
  [
    'resized: who is always there stands still for good',
    RESIZED,
    [pause(0, 500, seconds(30))],
    ['completed', 'recovery', 'deadline'],
  ],

  ['storage: slow', RUN, [storage('slow'), kill(1, 900)], ON],
  ['storage: full', RUN, [storage('full')], ['completed', 'storage']],
  ['storage: for good', RUN, [storage('lost', seconds(30))], ['completed', 'storage']],
  [
    'storage: spills are lost for good',
    DSTREAM,
    [storage('lost', seconds(30))],
    ['completed', 'storage', 'deadline'],
  ],
  [
    'storage: a kill finds nobody where a worker begins again, whose spill was lost',
    DSTREAM_SURVIVORS,
    [storage('lost'), kill(0, 900), kill(1, 900), kill(2, 900)],
    ['completed', 'recovery', 'storage'],
  ],
  [
    'storage: the same of all at once, replaced',
    DSTREAM,
    [storage('lost'), ...[0, 1, 2, 3].map((p) => kill(p, 900))],
    ['completed', 'recovery', 'storage'],
  ],
  [
    'storage: a kill finds who is there, where a spill is lost later on',
    DSTREAM_SURVIVORS,
    [lostFrom(milliseconds(950)), kill(0, 900), kill(1, 900), kill(2, 900)],
    ['recovery', 'storage'],
  ],
  [
    'storage: the same of all at once, replaced',
    DSTREAM,
    [lostFrom(milliseconds(950)), ...[0, 1, 2, 3].map((p) => kill(p, 900))],
    ['recovery', 'storage'],
  ],
  [
    'storage: the last kill may find nobody',
    DSTREAM_SURVIVORS,
    [lostFrom(milliseconds(950)), kill(0, 900), kill(1, 900), kill(2, 1_000)],
    ['completed', 'recovery', 'storage'],
  ],
  [
    'storage: the same from a moment on',
    DSTREAM_SURVIVORS,
    [
      lostFrom({ on: 'checkpoint', from: milliseconds(950) }),
      ...[900, 900, 1_000].map((ms, p) => kill(p, ms)),
    ],
    ['completed', 'recovery', 'storage'],
  ],
  [
    'storage: the driver has no spill',
    DSTREAM_SURVIVORS,
    [storage('lost'), kill(3, 900)],
    ['recovery', 'storage'],
  ],
  ['storage: blobs are lost', RUN, [storage('lost'), kill(1, 900)], ['completed', 'storage']],
]

describe('a run may end', () => {
  it.each(CASES)('%s', (_, run, faults, endings) => {
    expect(endingsOf(run, faults)).toEqual(endings)
  })
})
