/**
 * Laws of how runs may end:
 *
 * - without a fault a run completes, and under any plan some ending is left;
 * - another fault takes no error away: what may go wrong without it may with it;
 * - neither the order of a plan nor the numbers of workers matter, where none of them is special;
 * - who is never hit brings a run with replacements to its end, whoever else dies.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Fault, FaultPlan } from '../../engines/core/faults/fault.ts'
import { TickLog } from '../../engines/core/input/tick-log.ts'
import { milliseconds, type ProcessId, seconds } from '../../engines/core/units.ts'
import { drawnFaults } from './arbitrary.ts'
import { type DrawnFault, plannedFaults, racksOf } from './drawn-faults.ts'
import { ENDINGS, endingsOf, type SurvivalRun } from './survival.ts'

const runs: fc.Arbitrary<SurvivalRun> = fc
  .record({
    engine: fc.constantFrom('timely', 'dstream'),
    workers: fc.integer({ min: 1, max: 5 }),
    ingest: fc.constantFrom('log', 'pushed'),
    replacement: fc.constantFrom('respawn', 'survivors'),
    survives: fc.boolean(),
    replicas: fc.constantFrom(1, 2),
    isStream: fc.boolean(),
    latency: fc.constantFrom(...[0.05, 1, 10].map(milliseconds)),
  })
  .map((drawn) => ({
    ...drawn,
    replicas: mayRunTwice(drawn) ? drawn.replicas : 1,
    engineProcesses: drawn.workers + (drawn.engine === 'dstream' ? 1 : 0),
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
    end: seconds(2),
    deadline: seconds(22),
  }))

/** Each replica has half of the workers, and reads all of the input. */
function mayRunTwice({
  engine,
  workers,
  ingest,
  survives,
}: Pick<SurvivalRun, 'engine' | 'workers' | 'ingest' | 'survives'>): boolean {
  return engine === 'timely' && survives && ingest === 'log' && workers % 2 === 0
}

const planned = fc.tuple(runs, drawnFaults).map(([run, drawn]) => ({
  run,
  faults: planOf(run, drawn),
}))

function planOf(run: SurvivalRun, drawn: readonly DrawnFault[]): FaultPlan {
  const more = { world: 'simulated', hasCheckpoints: true, start: 0, seed: 1 } as const
  const ticks = new TickLog(milliseconds(100))
  return plannedFaults(drawn, { ...run, ...more, ticks, ...racksOf(run) }).faults
}

it('without a fault it completes', () => {
  fc.assert(
    fc.property(runs, (run) => {
      expect(endingsOf(run, [])).toEqual(['completed'])
    }),
  )
})

it('some ending is left, each once', () => {
  fc.assert(
    fc.property(planned, ({ run, faults }) => {
      const endings = endingsOf(run, faults)
      expect(endings.length).toBeGreaterThan(0)
      expect(endings).toEqual(ENDINGS.filter((ending) => endings.includes(ending)))
    }),
  )
})

it('another fault takes no error away', () => {
  fc.assert(
    fc.property(planned, fc.nat(3), ({ run, faults }, place) => {
      const fewer = faults.filter((_, index) => index !== place % Math.max(1, faults.length))
      const errors = endingsOf(run, fewer).filter((ending) => ending !== 'completed')
      expect(endingsOf(run, faults)).toEqual(expect.arrayContaining(errors))
    }),
    { numRuns: 500 },
  )
})

it('the order of a plan does not matter', () => {
  fc.assert(
    fc.property(planned, ({ run, faults }) => {
      expect(endingsOf(run, faults.toReversed())).toEqual(endingsOf(run, faults))
    }),
  )
})

it('the numbers of workers do not matter', () => {
  fc.assert(
    fc.property(planned, fc.nat(4), ({ run, faults }, turn) => {
      fc.pre(run.replicas === 1)
      const other = (process: ProcessId): ProcessId =>
        process < run.workers ? (process + turn) % run.workers : process
      expect(
        endingsOf(
          run,
          faults.map((fault) => renumbered(fault, other)),
        ),
      ).toEqual(endingsOf(run, faults))
    }),
  )
})

function renumbered(fault: Fault, other: (process: ProcessId) => ProcessId): Fault {
  if ('process' in fault) return { ...fault, process: other(fault.process) }
  if (!('links' in fault)) return fault
  const links = fault.links.map(({ from, to }) => ({ from: other(from), to: other(to) }))
  return { ...fault, links }
}

it('who is never hit brings a run to its end', () => {
  const kills = fc.array(
    fc.record({ process: fc.nat(3), at: fc.integer({ min: 0, max: seconds(2) - 1 }) }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(runs, kills, (drawn, killed) => {
      const run: SurvivalRun = { ...drawn, ingest: 'log', survives: true, replicas: 1 }
      // The driver, or the last worker.
      const safe = run.engineProcesses - 1
      const faults = killed
        .filter(({ process }) => process < safe)
        .map((each): Fault => ({ kind: 'kill', ...each }))
      const isReplaced = run.engine === 'timely' || run.replacement === 'respawn'
      fc.pre(isReplaced)
      expect(endingsOf(run, faults)).toEqual(['completed'])
    }),
  )
})
