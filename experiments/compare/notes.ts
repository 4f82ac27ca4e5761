/** What stands above the tables of a compare and says how their numbers came about. */
import { formatDuration, formatRate } from '../cli/options.ts'
import { STAYS } from '../runner/recovery-phases.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import { BATCH, type CompareScale } from './cases.ts'

export function throughputNotes({ measured, checkpoints }: CompareScale): readonly string[] {
  const length = measured / 1e9
  const lost = 'Both engines survive a lost worker: a checkpoint'
  return [
    'Highest rate held with p99 ≤ 1 s, and the lowest above it that was tried and not held; how often both were tried. The',
    'verdict is that of what held and of the loads; beside it how many of the trials that looked for the rate have one.',
    `The bound rests on few ticks: p99 of batches, or slides, of ${formatDuration(BATCH)} is that of the slowest of the ${measured / BATCH} in a trial.`,
    checkpoints === undefined
      ? `Quick: trials of ${length} s. ${lost} within each measured interval.`
      : `Full: each trial is measured for ${length} s, ${measured / BATCH} batches. ${lost} each ${formatDuration(checkpoints.interval)}.`,
  ]
}

export function killNotes({ repeats, recovery }: CompareScale): readonly string[] {
  return [
    'A worker is killed at half of what held, and replaced: until every record is within 1 s again, as all tables ask,',
    `and until latency is in its own band again, up to 1.1 times the worst of before.${repeats.kills === 1 ? ' One kill each, or none at all.' : ''}`,
    `Heartbeats detect it: who was not heard of for ${formatDuration(TRIAL_DEFAULTS.detector.timeout)} is suspected, and that is part of both times.`,
    ...(repeats.kills === 1
      ? []
      : [
          `${repeats.kills} kills each, one a trial, at a random phase of checkpoints each ${formatDuration(recovery.within)}: their median. Trials in peace of the`,
          'same length are not beside them: `recovery --full` has those.',
        ]),
    `"≥ 4s": not seen back, and staying for ${formatDuration(STAYS)}, within the ${formatDuration(recovery.settle)} and more that it is watched: it took at least 4s.`,
  ]
}

export function latencyNotes({ repeats, tolerance, measured }: CompareScale): readonly string[] {
  const what =
    'Latency of a record, visible minus due; windows show a record at the next slide of 500 ms.'
  return [
    ...(repeats.loads === 1
      ? [`${what} Quick: one trial a rate;`]
      : [
          what,
          `Full: ${repeats.loads} trials a rate. Medians of the trials, the 95 % interval of that of p99, the largest max.`,
        ]),
    'Who falls behind at half load is tried again with its tick for throughput, where that is longer: the row has that tick.',
    `Records of a tick share its fate: of fewer than 100 ticks (of windows: slides, here ${measured / BATCH}) p99 is that of the slowest.`,
    `Half loads that are nearer to each other than ${Math.round((1 / tolerance - 1) * 100)} % are one rate, the smaller: rates are not known more closely.`,
    '"same trial": at half load the engine is at the common rate already, so the row shows that trial again.',
    '"chk pts": checkpoints that became durable within a trial, here and above.',
  ]
}

/** How windows were filled. */
export function windowsNote(scale: CompareScale): string {
  const { isPrefilled, leavingRate, historyRate } = scale
  return isPrefilled
    ? `Windows: their 30 s of past are replayed as fast as can be. What leaves them within a trial came at ${formatRate(leavingRate)}, all words of the text each 500 ms, as at the rates of the trials; what stays came at ${formatRate(historyRate)}, so less is held in memory than by a window that has seen 30 s of such a rate.`
    : `Windows: filled by 30 s more of warm-up at the trial's own rate; a worker has ${scale.workerMemoryBytes / 1024 / 1024} MiB for them.`
}
