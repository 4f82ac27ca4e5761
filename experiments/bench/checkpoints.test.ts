/** That trials of a bench take a checkpoint where they say that a worker may be lost. */
import { describe, expect, it } from 'vitest'
import { conditionsOf } from '../runner/conditions.ts'
import { runTrial } from '../runner/trial.ts'
import { BATCHES } from './batch-search.ts'
import { conditionsTable } from './conditions.ts'
import { fullScale, type Subject, specOfSubject, subjectNamed, subjects } from './subjects.ts'

describe('checkpoints', () => {
  // The null engine has no state.
  const trials = subjects.filter(({ kind, change }) => kind !== 'baseline' && !change.isNull)
  const ticksOf = (subject: Subject) =>
    subject.kind === 'smallest-batch' ? BATCHES : [subject.change.tick]

  it('of all that can lose a worker: one within the measured interval', () => {
    for (const subject of trials) {
      for (const tick of ticksOf(subject)) {
        const spec = specOfSubject(subject, { rate: 1, scale: fullScale, seed: 1, tick })
        const { engine, timely, dstream, warmup, measured } = spec
        const isPushed = spec.ingest === 'pushed'
        expect(timely.recovery, subject.name).toBe(isPushed ? 'none' : 'checkpoint')
        const every = (engine === 'timely' ? timely : dstream).checkpointInterval!
        expect(every % spec.tick, subject.name).toBe(0)
        const { duration = 0, settle = 0 } = spec.history ?? {}
        const start = duration - settle
        const until = (end: number): number => Math.ceil(end / every) - 1
        const before = until(start + warmup) - Math.max(0, until(start))
        // Of the steady state, one is taken while the code becomes warm.
        const isSteady = subject.kind === 'half-load' || subject.kind === 'smallest-batch'
        expect(before, subject.name).toBe(isSteady ? 1 : 0)
        const within = until(start + warmup + measured) - until(start + warmup)
        expect(within, subject.name).toBe(1)
      }
    }
  })

  it.each(['timely', 'dstream', 'timely checked', 'timely grep', 'timely at half load'])(
    'of %s become durable within the trial, and the table of conditions says so',
    async (name) => {
      const scale = { ...fullScale, world: 'simulated', records: 1_000 } as const
      const spec = specOfSubject(subjectNamed(name), { rate: 500, scale, seed: 1 })
      const outcome = await runTrial(spec)
      expect(outcome.verdict).toBe('valid')
      const conditions = conditionsOf(spec, outcome)
      // Before its clock, in its warm-up, and in its measured interval.
      const checkpoints = name.endsWith('half load') ? 3 : 1
      expect(conditions.checkpoints).toBe(checkpoints)
      expect(conditionsTable(new Map([[name, conditions]]))).toMatch(
        new RegExp(`(checkpoint|lineage) +${checkpoints} +500/s`),
      )
    },
  )
})
