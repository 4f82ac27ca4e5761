/**
 * The experiments around faults, as a table. Each has a demonstration of minutes, and `--full`, what may be published: 20 injections an
 * arm or more, at random phases, with 20 s and two checkpoints before the first (METHOD 14).
 *
 * Arms that can lose one worker only (survivors, active standby) have one kill a trial, and as many more trials.
 */
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { shapeOf } from '../runner/simulation-spec.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { ARM, intervalArm } from './arm-names.ts'
import {
  driverClaims,
  elasticClaims,
  intervalClaims,
  overloadClaims,
  priceClaims,
  recoveryClaims,
  stragglerClaims,
} from './claims.ts'
import type { Arm, Disturbance, FaultDesign, FaultScale } from './design.ts'
import { elasticReport } from './elastic-report.ts'
import { overloadReport, stragglerReport } from './load-report.ts'
import { intervalReport, priceReport } from './price-report.ts'
import { recoveryReport } from './report.ts'

const timely = { engine: 'timely', tick: milliseconds(10) } as const
const dstream = { engine: 'dstream', tick: seconds(1) } as const

type Recovery = NonNullable<TrialSpec['timely']['recovery']>
const timelyWith = (recovery: Recovery) => ({ ...timely, timely: { recovery } })

/** Two replicas on two workers each, of which one can be lost: fair beside others on half as many. */
const standby = {
  ...timelyWith('active-standby'),
  workers: 4,
  replacement: 'survivors',
} as const

/** Longer than any trial. */
const NEVER: Nanos = seconds(3_600)

const killed: Disturbance = { kind: 'kill', whom: 'worker' }

/** What has one kill a trial has as many trials as others have kills. */
const once = { injections: 1, repeats: 24 } as const

/**
 * How long a kill has to be got over follows from how old the state may be, of 2 s in a demonstration and 10 s in full, and from what
 * is left to catch up with. At half of the records timely's ticks of 10 ms take 0.7 of the time of full ones, not half: fewer
 * records of a tick have the same key. So an age is made up for in 2.3 times as long; after 1.1 s without results, and before 3 s in which
 * it has to stay.
 */
const scale: FaultScale = {
  name: 'demonstration',
  input: { kind: 'state-of-the-union' },
  world: 'threads',
  warmup: seconds(3),
  steady: seconds(4),
  checkpointInterval: seconds(2),
  injections: 1,
  settle: seconds(13),
  repeats: 1,
  calmRepeats: 1,
  probe: seconds(2),
  calibrations: 0,
  baselineMs: 300,
  guessRate: 1_000_000,
}

/** 24 injections an arm: 6 trials of 4. */
const full: FaultScale = {
  ...scale,
  name: 'full',
  warmup: seconds(5),
  steady: seconds(20),
  checkpointInterval: seconds(10),
  injections: 4,
  settle: seconds(32),
  repeats: 6,
  calibrations: 3,
}

/** With half of the workers, of a load of 0.3 it is 0.6 that is left: that much longer the oldest state takes. */
const survivors = { ...once, load: 0.3, settle: seconds(22) } as const

export const recoveryDesign: FaultDesign = {
  name: 'recovery',
  question: 'A worker dies: how long until each engine is back, and what is the time spent on?',
  shows: 'figure `recovery`, a table of phases',
  summary: 'a worker is killed: how long until each engine is back',
  description:
    'Kills a worker of each engine while it counts the words of real text at half of what it sustains, and prints the phases of its recovery: detected, processing again, backlog and latency back in the band of before; beside them a trial of the same length in peace. Exit status: of the verdicts; 2 when an engine was not seen to come back. About 2 minutes on 2 cores for two arms; with --full all modes and survivors, 24 kills each, about three hours and a half.',
  load: 0.5,
  arms: [
    { name: ARM.checkpoint, change: timelyWith('checkpoint'), disturbance: killed },
    { name: ARM.lineage, change: dstream, disturbance: killed },
    { name: ARM.logging, change: timelyWith('logging'), disturbance: killed },
    {
      name: ARM.snapshots,
      change: timelyWith('barrier-snapshots'),
      disturbance: killed,
    },
    { name: ARM.upstream, change: timelyWith('upstream-backup'), disturbance: killed },
    { name: ARM.standby, change: standby, disturbance: killed, ...once },
    {
      name: ARM.checkpointSurvivors,
      change: { ...timelyWith('checkpoint'), replacement: 'survivors' },
      disturbance: killed,
      ...survivors,
    },
    {
      name: ARM.lineageSurvivors,
      change: { ...dstream, replacement: 'survivors' },
      disturbance: killed,
      ...survivors,
    },
  ],
  demonstration: { ...scale, arms: [ARM.checkpoint, ARM.lineage] },
  full,
  claims: recoveryClaims,
  isRecovered: true,
  report: recoveryReport,
}

/** Of what an engine does without, a load that every mode keeps up with. */
const besideTimely = { against: ARM.timelyNone, loadOf: ARM.timelyNone } as const
const besideDstream = { against: ARM.dstreamNone, loadOf: ARM.dstreamNone } as const
const timelyNone: Arm = { name: ARM.timelyNone, change: timelyWith('none') }
const dstreamNone: Arm = { name: ARM.dstreamNone, change: dstream, checkpointInterval: NEVER }

/**
 * A trial in peace, and a probe, of as long as a checkpoint is from the next: each has one, and pays for it by the second. What a probe
 * is offered takes 1.3 times as long, so its interval is 8 s of the input.
 */
const priceScale: FaultScale = {
  ...scale,
  warmup: seconds(3),
  steady: seconds(10),
  checkpointInterval: seconds(10),
  injections: 0,
  settle: 0,
  probe: seconds(8),
  calibrations: 3,
  // Every visit, so that each has neighbours.
  calmRepeats: 1_000,
}

export const priceDesign: FaultDesign = {
  name: 'price',
  question: 'What does it cost, while nothing fails, that a failure can be recovered from?',
  shows: 'figure `price`, a table of ratios',
  summary: 'what each recovery mode costs while nothing fails',
  description:
    'Measures each recovery mode with checkpoints each 10 s at its own maximum, and its median latency at one common rate, both between two trials without any, and prints the ratios, and how many bytes are checkpointed and logged a second (durable: fsynced). Exit status: of the verdicts. About 12 minutes; with --full two hours.',
  load: 0.3,
  arms: [
    timelyNone,
    { name: ARM.checkpoint, change: timelyWith('checkpoint'), ...besideTimely },
    { name: ARM.snapshots, change: timelyWith('barrier-snapshots'), ...besideTimely },
    { name: ARM.logging, change: timelyWith('logging'), ...besideTimely },
    { name: ARM.upstream, change: timelyWith('upstream-backup'), ...besideTimely },
    { name: ARM.standby, change: standby, ...besideTimely },
    dstreamNone,
    { name: ARM.lineage, change: dstream, ...besideDstream },
  ],
  demonstration: priceScale,
  full: { ...priceScale, name: 'full', repeats: 10, steady: seconds(20), probe: seconds(16) },
  claims: priceClaims,
  isRecovered: false,
  report: priceReport,
}

/** Seconds between checkpoints; and for how long a kill is got over, with a state that may be so old. */
const INTERVALS: readonly (readonly [interval: number, settle: number])[] = [
  [2, 13],
  [5, 20],
  [10, 32],
  [30, 78],
]

const intervalArms = (
  engine: 'timely' | 'dstream',
  change: Arm['change'],
  against: string,
): readonly Arm[] =>
  INTERVALS.map(([interval, settle]) => ({
    name: intervalArm(engine, interval),
    change,
    checkpointInterval: seconds(interval),
    settle: seconds(settle),
    disturbance: killed,
    against,
  }))

export const intervalDesign: FaultDesign = {
  name: 'checkpoint-interval',
  question: 'How far apart should checkpoints be: what do they cost, and what does a failure cost?',
  shows: 'figure `checkpoint-interval`, a table of prices and recovery times',
  summary: 'the distance of checkpoints: their price against the time of a recovery',
  description:
    'Takes checkpoints each 2, 5, 10 and 30 s, and prints the maximum with each beside that without any, and how long it takes to be back when a worker is killed at half of it. Exit status: of the verdicts; 2 when an engine was not seen to come back. About 7 minutes for 2 and 10 s; with --full all of them, 24 kills each, about five hours (--arms runs some).',
  load: 0.5,
  arms: [
    timelyNone,
    ...intervalArms('timely', timelyWith('checkpoint'), ARM.timelyNone),
    dstreamNone,
    ...intervalArms('dstream', dstream, ARM.dstreamNone),
  ],
  demonstration: {
    ...scale,
    arms: [2, 10].flatMap((interval) => [
      intervalArm('timely', interval),
      intervalArm('dstream', interval),
    ]),
    probe: seconds(8),
    calibrations: 1,
    calmRepeats: 0,
  },
  full: { ...full, probe: seconds(24) },
  claims: intervalClaims,
  isRecovered: true,
  report: intervalReport,
}

export const driverDesign: FaultDesign = {
  name: 'driver-failure',
  question: 'The driver of a D-Stream dies: how long do results stay away, beside a lost worker?',
  shows: 'figure `driver-failure`, a table of phases',
  summary: 'the driver of the D-Stream engine is killed, beside a worker',
  description:
    'Kills the driver of the D-Stream engine while it counts the words of real text at half of what it sustains, and prints the phases of its recovery; beside them those of a lost worker. (The timely engine has no driver.) Exit status: of the verdicts; 2 when the engine was not seen to come back. About 2 minutes; with --full 24 kills each, three quarters of an hour.',
  load: 0.5,
  arms: [
    {
      name: ARM.driver,
      change: dstream,
      disturbance: { kind: 'kill', whom: 'driver' },
    },
    { name: ARM.worker, change: dstream, disturbance: killed },
  ],
  demonstration: scale,
  full,
  claims: driverClaims,
  isRecovered: true,
  report: recoveryReport,
}

/** 20 nodes of one process with 4 cores; 5 M records/s, as many a node as in the papers' largest runs on a sample of 1 in 1,000. */
const { simulation, ...nodes } = shapeOf({ nodes: 20, cores: 4, as: 'node-processes' })
const simulated = {
  ...nodes,
  input: { kind: 'lines' },
  world: 'simulated',
  simulation: { ...simulation, scale: 1_000 },
} as const satisfies Partial<TrialSpec>
const SIMULATED_RATE = 5_000_000

/** The papers' straggler: a program of 60 threads on one node (D-Streams Figure 13). */
const hog: Disturbance = { kind: 'contend', tasks: 60, length: seconds(10) }
/** A quarter of its CPU: at a load of 0.2 it still keeps up. */
const slow: Disturbance = { kind: 'slow', share: 0.25, length: seconds(10) }

/** A slow node is not to be taken for a dead one. */
const patient = { detector: { heartbeat: milliseconds(100), timeout: seconds(10) } } as const

/** The papers' factor (D-Streams §5.2). */
const speculating = { dstream: { speculation: 1.4 } } as const

export const stragglerDesign: FaultDesign = {
  name: 'straggler',
  question:
    'One node is slow: how much longer do results take, with copies of late tasks and without?',
  shows: 'figures `straggler` and `straggler-simulated`, a table of interval times',
  summary: 'one node is slow: how much longer results take on either engine',
  description:
    'Makes one node of 20 simulated ones slow (60 tasks beside its own, as in the papers), and one of two workers on threads (a quarter of its CPU), for 10 s at a random phase, and prints how long intervals take then, beside a trial in peace: a batch from its first task to its end; of the timely engine, from the end of an epoch to its commit. Exit status: of the verdicts. About 3 minutes; with --full 24 injections each, an hour.',
  load: 0.2,
  arms: [
    {
      name: ARM.straggler,
      change: { ...dstream, ...simulated, ...patient },
      rate: SIMULATED_RATE,
      disturbance: hog,
    },
    {
      name: ARM.speculation,
      change: { ...dstream, ...simulated, ...patient, ...speculating },
      rate: SIMULATED_RATE,
      disturbance: hog,
    },
    {
      name: 'timely 20 nodes',
      // Progress goes from each process to all: at epochs of 10 ms its messages would be most of what is simulated.
      change: { ...timely, tick: milliseconds(100), ...simulated, ...patient },
      rate: SIMULATED_RATE,
      disturbance: hog,
    },
    { name: 'dstream 2 workers', change: { ...dstream, ...patient }, disturbance: slow },
    {
      name: 'dstream 2 workers speculation',
      change: { ...dstream, ...patient, ...speculating },
      disturbance: slow,
    },
    {
      name: 'timely 2 workers',
      change: { ...timelyWith('checkpoint'), ...patient },
      disturbance: slow,
    },
  ],
  demonstration: { ...scale, settle: seconds(8) },
  full: { ...full, settle: seconds(8) },
  claims: stragglerClaims,
  isRecovered: false,
  report: stragglerReport,
}

const burst: Disturbance = { kind: 'burst', times: 2, length: seconds(3) }

export const overloadDesign: FaultDesign = {
  name: 'overload',
  question: 'For three seconds twice as much comes as an engine can do: how does each drain?',
  shows: 'figure `overload`, a table of how long it took',
  summary: 'a burst of twice what an engine can do: how each drains',
  description:
    'Offers each engine half of what it can do, then twice as much as it can do for 3 s, and half again, and prints how large the backlog became and how long it took to be gone, beside the time that follows from the rates. Exit status: of the verdicts; 2 when an engine was not seen to come back. About 2 minutes; with --full 24 bursts each, an hour.',
  load: 0.5,
  arms: [
    { name: ARM.timelyBurst, change: timelyWith('checkpoint'), disturbance: burst },
    { name: ARM.dstreamBurst, change: dstream, disturbance: burst },
  ],
  demonstration: { ...scale, settle: seconds(13) },
  full: { ...full, injections: 1, repeats: 24, settle: seconds(13) },
  claims: overloadClaims,
  isRecovered: true,
  report: overloadReport,
}

/** Between them one who is back within the 3 s of the claim can be seen to stay so. */
const resized: Disturbance = { kind: 'resize', from: 1, length: seconds(8) }

/** Each visit has a trial in peace: how latency is with both workers is held against it. */
const elasticScale: FaultScale = { ...scale, settle: seconds(8), calmRepeats: 1_000 }

export const elasticDesign: FaultDesign = {
  name: 'elastic',
  question: 'A worker joins and leaves again while a run goes on: who notices, and for how long?',
  shows: 'figure `elastic`, a table of phases',
  summary: 'a worker joins, and leaves again: how long each engine is disturbed',
  description:
    'Begins with one worker, has another one join at a random phase of the checkpoint interval and leave 8 s later, at 0.3 of what both sustain, and prints when that came about and how long it took until latency was as it is with so many workers: with both in a trial of the same length in peace, with one before. Exit status: of the verdicts; 2 when an engine was not seen to come back. About 2 minutes; with --full 24 of each, an hour and three quarters.',
  load: 0.3,
  arms: [
    { name: ARM.timelyResized, change: timelyWith('checkpoint'), disturbance: resized },
    { name: ARM.dstreamResized, change: dstream, disturbance: resized },
  ],
  demonstration: elasticScale,
  full: { ...full, injections: 1, repeats: 24, settle: seconds(13), calmRepeats: 1_000 },
  claims: elasticClaims,
  isRecovered: true,
  report: elasticReport,
}

export const DESIGNS: readonly FaultDesign[] = [
  recoveryDesign,
  priceDesign,
  intervalDesign,
  driverDesign,
  stragglerDesign,
  overloadDesign,
  elasticDesign,
]
