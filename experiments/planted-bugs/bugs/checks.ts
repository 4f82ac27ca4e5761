/**
 * Bugs of what decides: the judge, the measures of a trial, histograms and statistics. Each is caught by a test of the check itself, since a
 * run that is right does not show that its check sees nothing.
 */
import { CUT_BUGS } from './cuts.ts'
import type { PlantedBug } from './planted-bug.ts'
import { RULE_BUGS } from './rules.ts'

export interface PlantedCheckBug extends Pick<PlantedBug, 'name' | 'file' | 'find' | 'replace'> {
  /** The file with the test that catches it, and its title: those of its groups and its own, joined by ` > `, as they are written. */
  readonly tests: string
  readonly caughtBy: string
}

const DELIVERY = 'experiments/checkers/delivery.ts'
const OUTPUT = 'experiments/checkers/output.ts'
const JUDGE_TESTS = 'experiments/checkers/output.test.ts'
const LATENCY = 'engines/core/metrics/latency.ts'
const LATENCY_TESTS = 'engines/core/metrics/latency.property.test.ts'
const HISTOGRAM = 'engines/core/metrics/histogram.ts'
const HISTOGRAM_TESTS = 'engines/core/metrics/histogram.property.test.ts'
const MEASURES = 'experiments/runner/trial-measures.ts'
const MEASURES_TESTS = 'experiments/runner/trial-measures.test.ts'

const JUDGE_BUGS: readonly PlantedCheckBug[] = [
  {
    name: 'commits are missed from the second tick on',
    file: DELIVERY,
    find: 'for (let tick = period; tick <= until; tick += period) {',
    replace: 'for (let tick = 2 * period; tick <= until; tick += period) {',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > the first tick of a partition is missing',
  },
  {
    name: 'the last tick is not missed',
    file: DELIVERY,
    find: 'tick <= until; tick += period',
    replace: 'tick < until; tick += period',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > the last tick of a partition is missing',
  },
  {
    name: 'a commit may be of any partition',
    file: DELIVERY,
    find: 'due === undefined || !due.partitions.includes(partition)',
    replace: 'due === undefined',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > a commit is of %s',
  },
  {
    name: 'rows behind a single partition are due on all of them',
    file: 'experiments/checkers/due-commits.ts',
    find: "if (to.kind !== 'operator' || to.routing === 'single-partition') continue",
    replace:
      "if (to.kind !== 'operator') continue\n    if (to.routing === 'single-partition') spread.add(to.operator)",
    tests: 'experiments/checkers/due-commits.test.ts',
    caughtBy: 'the commits that are due are those by which a run ends: > %s',
  },
  {
    name: 'of commits of one tick the last counts',
    file: DELIVERY,
    find: 'if (first === undefined) this.#commits.set(name, commit)\n    else',
    replace: 'this.#commits.set(name, commit)\n    if (first !== undefined)',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > the first commit is wrong and the second right',
  },
  {
    name: 'a second commit is not held to the first',
    file: DELIVERY,
    find: 'before !== undefined && !sameDigest(before, commit)',
    replace: 'before === commit',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > a tick is committed again with another digest',
  },
  {
    name: 'a generation is held to the one before it alone',
    file: DELIVERY,
    find: 'generation = Math.max(generation, commit.generation)',
    replace: 'generation = commit.generation',
    tests: JUDGE_TESTS,
    caughtBy:
      'a planted fault is caught: > two commits of an older generation come after a younger',
  },
  {
    name: 'rows may be those of another generation',
    file: DELIVERY,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a file
    find: 'return `${generation} ${output} ${partition} ${tick}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a file
    replace: 'return `${generation * 0} ${output} ${partition} ${tick}`',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > kept rows are those of another generation',
  },
  {
    name: 'one lane of two is compared',
    file: 'workloads/oracle-digest.ts',
    find: ' && a.lane1 === b.lane1',
    replace: '',
    tests: JUDGE_TESTS,
    caughtBy: 'a planted fault is caught: > %s is another',
  },
  {
    name: 'of rows that may lie anywhere partition 0 is not looked at',
    file: OUTPUT,
    find: 'else sums.addDigest(0, commit)',
    replace: 'else if (partition > 0) sums.addDigest(0, commit)',
    tests: JUDGE_TESTS,
    caughtBy:
      'rows that may lie in any partition > are summed over all of them: one is wrong in partition %d',
  },
  {
    name: 'the oracle may end early',
    file: OUTPUT,
    find: 'if (next > this.#duration) continue',
    replace: 'if (next > 0) continue',
    tests: JUDGE_TESTS,
    caughtBy:
      'a checker that cannot say > is unknown when the oracle is silent, or speaks of other ticks',
  },
  {
    name: 'late records are those of the last period',
    file: OUTPUT,
    find: '[...told.values()].reduce(',
    replace: '[...told.values()].slice(-1).reduce(',
    tests: JUDGE_TESTS,
    caughtBy: 'records that are told as late > are as many as the oracle counts, each period once',
  },
  {
    name: 'a fault that found nothing to hit has taken effect',
    file: 'experiments/checkers/faults.ts',
    find: 'fields.witnessed === true',
    replace: "fields.witnessed !== 'no'",
    tests: JUDGE_TESTS,
    caughtBy: 'faults that were planned > make a run invalid with %s',
  },
  {
    name: 'one who joins stands for every change',
    file: 'experiments/checkers/changes.ts',
    find: 'at >= seen && isOf(event, change)',
    replace: 'at >= 0 && isOf(event, change)',
    tests: 'experiments/checkers/changes.test.ts',
    caughtBy: 'a run that completed > takes each change once',
  },
  {
    name: 'what could not be looked at is valid',
    file: 'experiments/checkers/verdict.ts',
    find: "if (doubts.length > 0) return { state: 'unknown', reasons: doubts }",
    replace: '',
    tests: JUDGE_TESTS,
    caughtBy: 'a run that did not complete > is unknown by its reason, missing commits or not',
  },
]

const MEASURE_BUGS: readonly PlantedCheckBug[] = [
  {
    name: 'a latency begins with the tick, not with what is due',
    file: LATENCY,
    find: 'histogram.add(visible - schedule.dueOf(partition, index))',
    replace: 'histogram.add(visible - Math.max(0, ramp.from))',
    tests: LATENCY_TESTS,
    caughtBy: 'a ramp > is added as its records would be, one by one',
  },
  {
    name: 'a record is visible on the first partition',
    file: LATENCY,
    find: 'if (instant > last) last = instant',
    replace: 'if (last === 0) last = instant',
    tests: LATENCY_TESTS,
    caughtBy: 'the latencies of a run > are those of all measured records, and of all closes',
  },
  {
    name: 'a record is visible with the last commit of its tick',
    file: LATENCY,
    find: 'if (!ticks.has(commit.tick)) ticks.set',
    replace: 'ticks.set',
    tests: LATENCY_TESTS,
    caughtBy: 'the latencies of a run > are those of all measured records, and of all closes',
  },
  {
    name: 'records that never became visible are not counted as lost',
    file: LATENCY,
    find: 'if (visible === undefined) recordsLost += countDue(schedule, partition, span)\n      else',
    replace: 'if (visible !== undefined)',
    tests: LATENCY_TESTS,
    caughtBy:
      'the latencies of a run > count what never became visible, and do not count it as fast',
  },
  {
    name: 'an exchange far from the output is overlooked',
    file: LATENCY,
    find: 'if (!reached.includes(path)) reached.push(path)',
    replace: '',
    tests: LATENCY_TESTS,
    caughtBy: 'a record is visible > on all partitions behind an exchange, wherever it lies',
  },
  {
    name: 'latencies beyond four seconds lie an octave too high',
    file: HISTOGRAM,
    find: '63 - Math.clz32(high)',
    replace: '64 - Math.clz32(high)',
    tests: HISTOGRAM_TESTS,
    caughtBy: 'the histogram > has a cell for every value, no wider than 1/128 of it',
  },
  {
    name: 'a quantile is rounded down',
    file: HISTOGRAM,
    find: 'Math.ceil(share * this.count)',
    replace: 'Math.floor(share * this.count)',
    tests: HISTOGRAM_TESTS,
    caughtBy: 'the histogram > gives quantiles that are not too low, and at most 1/128 too high',
  },
  {
    name: 'merged histograms are the last one',
    file: HISTOGRAM,
    find: 'slots[slot]! += other.slots[slot]!',
    replace: 'slots[slot] = other.slots[slot]!',
    tests: HISTOGRAM_TESTS,
    caughtBy: 'the histogram > merges as if all values had been added to one, on given memory too',
  },
  {
    name: 'stalls are those of one worker',
    file: 'experiments/runner/trial-resources.ts',
    find: 'for (const { stalls } of lives) if',
    replace: 'for (const { stalls } of lives.slice(0, 1)) if',
    tests: MEASURES_TESTS,
    caughtBy:
      'what processes used: sums, the largest of what is a maximum, and stalls of all threads',
  },
  {
    name: 'a tick is complete with its first partition',
    file: 'experiments/runner/completed-ticks.ts',
    find: 'tick.partitions.size < partitions',
    replace: 'tick.partitions.size < 1',
    tests: 'experiments/runner/trial-series.test.ts',
    caughtBy: 'a tick is complete > and none behind one that is not',
  },
  {
    name: 'a tick is visible with its first partition',
    file: 'experiments/runner/completed-ticks.ts',
    find: 'Math.max(tick.visibleAt, commit.visibleAt)',
    replace: 'tick.visibleAt || commit.visibleAt',
    tests: 'experiments/runner/trial-series.test.ts',
    caughtBy: 'a tick is complete > with the first commit of its last partition',
  },
  {
    name: 'the higher of two paces counts',
    file: MEASURES,
    find: 'Math.min(byWall, between(first))',
    replace: 'Math.max(byWall, between(first))',
    tests: MEASURES_TESTS,
    caughtBy:
      'a pace is the lesser of two > not that of catching up: all that was behind becomes visible at once',
  },
  {
    name: 'who has lost records has the quantiles of the others',
    file: MEASURES,
    find: 'recordsLost === 0 ? summarize(records) : undefined',
    replace: 'summarize(records)',
    tests: MEASURES_TESTS,
    caughtBy:
      'the measures of a trial > have no quantiles of latency where a record never became visible',
  },
  {
    name: 'latencies of the warm-up count',
    file: MEASURES,
    find: '{ ...latency, from: start, to:',
    replace: '{ ...latency, from: clockStart(config.input), to:',
    tests: MEASURES_TESTS,
    caughtBy: 'the measures of a trial > are of what was due after the warm-up',
  },
  {
    name: 'CPU time begins with the process',
    file: 'engines/core/metrics/measured-cpu.ts',
    find: 'this.#before ??= total',
    replace: 'this.#before ??= 0',
    tests: 'engines/core/metrics/measured-cpu.test.ts',
    caughtBy: 'is what was used between the first readings at or after both edges',
  },
  {
    name: 'a period that is ended again counts twice',
    file: 'engines/core/metrics/late-records.ts',
    find: 'tick}`, Number(records))',
    replace: 'tick}` + periods.size, Number(records))',
    tests: 'engines/core/metrics/late-records.test.ts',
    caughtBy: 'each period counts once, however often it was ended',
  },
  {
    name: 'a recovery need not last',
    file: 'experiments/runner/recovery-phases.ts',
    find: 'hasLeft = true\n      back = undefined',
    replace: 'hasLeft = true',
    tests: 'experiments/runner/recovery-phases.test.ts',
    caughtBy: 'the phases of a recovery > a stall puts it off while it must stay, and no longer',
  },
]

export const CHECK_BUGS: readonly PlantedCheckBug[] = [
  ...JUDGE_BUGS,
  ...CUT_BUGS,
  ...MEASURE_BUGS,
  ...RULE_BUGS,
]
