/** The experiment on canned trials: what is run, what is printed, what the exit status says. The real one is run by hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { demonstration, full, killsOf, measuredOf, recoveryModes } from './cases.ts'
import { recoveryCommand } from './command.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-recovery-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Each kill is noticed after 1 s; timely is back 2 s after it, D-Stream 4 s. */
function outcomeOf(spec: TrialSpec, phases: Partial<FaultPhases> = {}): TrialOutcome {
  const back = spec.engine === 'timely' ? 2e9 : 4e9
  const recoveries = spec.faults.map((fault) => {
    const at = Number(fault.at)
    return {
      witnessedAt: at,
      detectedAt: at + 1e9,
      processingAt: at + 1.25e9,
      backlogBackAt: at + back,
      latencyBackAt: at + back,
      latencyMax: 1.5e9,
      ...phases,
    }
  })
  const outcome = cannedOutcome({ rate: spec.rate, capacity: 2_000_000, tick: spec.tick })
  return { ...outcome, ...(recoveries.length > 0 ? { recoveries } : {}) }
}

describe('kills', () => {
  it('fall at instants of the seed, each within its own stretch, at all phases of the interval', () => {
    const { warmup, steady, checkpointInterval, settle } = full
    const trials = Array.from({ length: 40 }, (_, trial) => killsOf(full, 7, trial))
    expect(killsOf(full, 7, 3)).toEqual(trials[3])
    expect(killsOf(full, 8, 3)).not.toEqual(trials[3])
    const phases = trials.flatMap((kills) =>
      kills.map(({ at }, kill) => at - (warmup + steady + kill * (checkpointInterval + settle))),
    )
    expect(phases).toHaveLength(40 * full.kills)
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...phases)).toBeLessThan(checkpointInterval)
    const quarters = phases.map((phase) => Math.floor((4 * phase) / checkpointInterval))
    expect(new Set(quarters)).toEqual(new Set([0, 1, 2, 3]))
    expect(new Set(trials.flat().map((fault) => fault.process))).toEqual(new Set([0, 1]))
  })
})

describe('the command', () => {
  it('probes, then takes turns in peace and with kills, and writes what it saw', async () => {
    const asked: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        asked.push(spec)
        return outcomeOf(spec)
      },
    })
    expect(await recoveryCommand({ figures: false }, io)).toBe(0)
    expect(asked.map(({ engine, faults }) => `${engine} ${faults.length}`)).toEqual([
      'timely 0',
      'dstream 0',
      'timely 0',
      'dstream 0',
      'timely 1',
      'dstream 1',
    ])
    const [, , calm, , killed, other] = asked
    expect(calm!.measured).toBe(measuredOf(demonstration))
    expect(killed).toEqual({ ...calm, faults: killed!.faults, keepHistory: true })
    expect(other!.faults).toEqual(killed!.faults)
    const text = io.printed.join('\n')
    expect(text).toMatch(/timely, checkpoint .*1 of 1 +1s +1\.25s +2s +2s .*valid, all 3/)
    expect(text).toMatch(
      /dstream, lineage: 4s from a kill until latency is as before: 1s to notice, 250ms until results come again, 2\.75s to catch up/,
    )
    const { faults, trials } = readRun(join(root, 'recovery', 'latest'))
    expect(trials.map(({ role }) => role)).toEqual([
      'probe',
      'probe',
      'control',
      'control',
      'fault',
      'fault',
    ])
    expect(faults.map(({ recovery_ns: recovery }) => recovery)).toEqual([2e9, 4e9])
    expect(faults.map(({ recovered }) => recovered)).toEqual([true, true])
  })

  it.each([
    ['a kill that hit nobody', { witnessedAt: undefined }, 'valid', 2],
    ['an engine that does not come back', { latencyBackAt: undefined }, 'valid', 2],
    ['a wrong output', {}, 'invalid', 1],
  ] as const)('%s is told by the exit status', async (_, phases, verdict, status) => {
    const io = cannedIo(root, {
      trial: async (spec) => {
        const kept = Object.entries({ ...outcomeOf(spec).recoveries?.[0], ...phases })
        const only = Object.fromEntries(kept.filter(([, at]) => at !== undefined))
        const outcome = outcomeOf(spec)
        const hit = spec.faults.length > 0 ? { recoveries: [only as FaultPhases], verdict } : {}
        return { ...outcome, ...hit, reasons: verdict === 'invalid' ? ['missing × 1'] : [] }
      },
    })
    expect(await recoveryCommand({ figures: false }, io)).toBe(status)
  })

  it('modes have names of their own', () => {
    expect(new Set(recoveryModes.map(({ name }) => name)).size).toBe(recoveryModes.length)
  })
})
