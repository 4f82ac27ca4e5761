/**
 * Bugs to be planted, as data: the checks are worth what they catch.
 *
 * `find` is a text that occurs once in `file`; `replace` takes its place while the module is loaded (`plant.ts`), or, in a
 * kernel's source, is compiled. Some are in the oracles: what judges must not be wrong without being contradicted.
 * `caughtBy` is the run of the battery that is tried first; any other may catch the bug too. `needs` says what a bug takes
 * to be seen at all: some are there in every run, others only after a kill, or when workers are out of step.
 */
export interface PlantedBug {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly caughtBy: string
  readonly needs: 'nothing' | 'a kill' | 'an interleaving'
}

export const BUGS: readonly PlantedBug[] = [
  {
    name: 'a window keeps one pane too many',
    file: 'engines/timely/operators/panes.ts',
    find: 'this.#closed.length - this.#shape.panes)',
    replace: 'this.#closed.length - this.#shape.panes - 1)',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'a window begins one pane too late',
    file: 'engines/dstream/dstream/partials.ts',
    find: 'const first = Math.floor(Math.max(span.after, 0) / this.pane) * this.pane + this.pane',
    replace:
      'const first = Math.floor(Math.max(span.after, 0) / this.pane) * this.pane + this.pane * (span.after > 0 ? 2 : 1)',
    caughtBy: 'dstream: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'what leaves a window is taken out twice',
    file: 'engines/timely/operators/reduce-by-window.ts',
    find: 'pane?.visitRows((rows) => this.#table.unfold(rows))',
    replace: 'for (const _ of [1, 2]) pane?.visitRows((rows) => this.#table.unfold(rows))',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'a value that is what it was is put out as a change',
    file: 'engines/core/tables/plain-table.ts',
    find: 'if (Object.is(now, this.#emitted[slot])) continue',
    replace: 'if (now === ABSENT && this.#emitted[slot] === ABSENT) continue',
    caughtBy: 'timely: windows, inverse, plain',
    needs: 'nothing',
  },
  {
    name: 'a removed key is digested with the value 0',
    file: 'engines/core/tables/change-list.ts',
    find: '    if (Number.isSafeInteger(value)) {\n      word0 =',
    replace:
      '    if (value === undefined) word0 = word1 = 0\n    else if (Number.isSafeInteger(value)) {\n      word0 =',
    caughtBy: 'timely: windows, inverse, plain',
    needs: 'nothing',
  },
  {
    name: 'a drain leaves out the last partition',
    file: 'engines/core/tables/plain-combiner.ts',
    find: 'for (; partition < byPartition.length; partition++) {',
    replace: 'for (; partition < byPartition.length - 1; partition++) {',
    caughtBy: 'timely: running, plain',
    needs: 'nothing',
  },
  {
    name: 'plain keys hash to partitions by their other lane',
    file: 'engines/core/tables/plain-combiner.ts',
    find: 'partitionOf(this.#keys.lane0(slot)',
    replace: 'partitionOf(this.#keys.lane1(slot)',
    caughtBy: 'timely: running, plain',
    needs: 'nothing',
  },
  {
    name: 'a batch closes one tick early',
    file: 'engines/dstream/scheduler/job-generator.ts',
    find: 'this.#open * this.#interval <= complete',
    replace: '(this.#open - 1) * this.#interval <= complete',
    caughtBy: 'dstream: grep',
    needs: 'nothing',
  },
  {
    name: 'a record due at the end of a tick is read in it',
    file: 'engines/timely/operators/source.ts',
    find: 'Math.min(log.dueBefore(partition, target), ',
    replace: 'Math.min(log.dueBefore(partition, target + 1), ',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'rows are committed with the tick after theirs',
    file: 'engines/timely/operators/sink.ts',
    find: 'const due = nextEmission(this.#options.period, epoch)',
    replace: 'const due = nextEmission(this.#options.period, epoch + 1)',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'feedback does not count',
    file: 'engines/timely/progress/path-summary.ts',
    find: 'return { keep: depth, increment: 1, suffix: NO_COUNTERS }',
    replace: 'return { keep: depth, increment: 0, suffix: NO_COUNTERS }',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'a precursor that is gone still counts',
    file: 'engines/timely/progress/progress-tracker.ts',
    find: 'other.precursors -= 1',
    replace: 'other.precursors -= 0',
    caughtBy: 'loop',
    needs: 'nothing',
  },
  {
    name: 'progress is announced before what it depends on',
    file: 'engines/timely/progress/progress-broadcast.ts',
    find: 'if (this.#graph.isStage[location]) this.#share.update(location, time, delta)',
    replace:
      'if (this.#graph.isStage[location]) this.#share.update(location, time, delta)\n    else if (delta > 0) this.#pending.update(location, time, -delta)',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'a notification comes while one precursor is left',
    file: 'engines/timely/progress/progress-tracker.ts',
    find: 'if (entry !== undefined && entry.activeAt >= 0) return entry.precursors > 0',
    replace: 'if (entry !== undefined && entry.activeAt >= 0) return entry.precursors > 1',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'rows of a later tick are folded at once',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'if (period === current) this.#fold',
    replace: 'if (period >= current) this.#fold',
    caughtBy: 'timely: running, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'a checkpoint is taken before the dataflow has drained',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'deployment.passed(this.#epoch)',
    replace: 'deployment.passed(this.#epoch - 1)',
    caughtBy: 'timely: running, killed',
    needs: 'a kill',
  },
  {
    name: 'a rollback restores one epoch too late',
    file: 'engines/timely/recovery/rollback.ts',
    find: 'if (states.length === partitions.length) restored({ epoch, states })',
    replace: 'if (states.length === partitions.length) restored({ epoch: epoch + 1, states })',
    caughtBy: 'timely: running, killed',
    needs: 'a kill',
  },
  {
    name: 'a window is restored without its open slide',
    file: 'engines/timely/operators/panes.ts',
    find: 'return [...this.#closed, ...this.#current].map((pane) => pane?.save())',
    replace: 'return [...this.#closed, ...this.#empty()].map((pane) => pane?.save())',
    caughtBy: 'timely: windows, re-added, killed',
    needs: 'a kill',
  },
  {
    name: 'a dead worker’s blocks stay in the tracker',
    file: 'engines/dstream/scheduler/block-tracker.ts',
    find: 'return worker >= 0 && this.#live[worker] === blocks[at + 1] ? worker : -1',
    replace: 'return worker >= 0 ? worker : -1',
    caughtBy: 'dstream: running, killed',
    needs: 'a kill',
  },
  {
    name: 'lineage is forgotten one pane too early',
    file: 'engines/dstream/dstream/reduced-windowed-dstream.ts',
    find: 'const oldest = this.#inverse ? last - this.#length : last + this.period - this.#length',
    replace: 'const oldest = last + this.period - this.#length',
    caughtBy: 'dstream: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'a batch does not wait for the state of the one before',
    file: 'engines/dstream/dstream/state-dstream.ts',
    find: 'if (batch > this.step) visit(this.#state, batch - this.step)',
    replace: 'if (batch < this.step) visit(this.#state, batch - this.step)',
    caughtBy: 'dstream: running, killed',
    needs: 'an interleaving',
  },
  {
    name: 'a commit of an older generation is accepted',
    file: 'engines/core/world/simulated/simulated-ledger.ts',
    find: 'if (commit.generation !== at.generation) {',
    replace: 'if (commit.generation > at.generation) {',
    caughtBy: 'ledger',
    needs: 'an interleaving',
  },
  {
    name: 'a frame that comes after a lost one is taken in',
    file: 'engines/core/world/session-layer.ts',
    find: 'if (header.sequence !== session.expected) {',
    replace: 'if (header.sequence < session.expected) {',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'what was lost is not sent again',
    file: 'engines/core/world/outbox.ts',
    find: '    this.#next = this.#head\n',
    replace: '    this.#next = this.#sent\n',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'an acknowledgement is for one frame more than arrived',
    file: 'engines/core/world/outbox.ts',
    find: 'while (this.#headSequence < sequence &&',
    replace: 'while (this.#headSequence <= sequence &&',
    caughtBy: 'session',
    needs: 'an interleaving',
  },
  {
    name: 'silence counts while nobody listens',
    file: 'engines/core/membership/failure-detector.ts',
    find: 'const away = now - this.#beatAt',
    replace: 'const away = 0',
    caughtBy: 'timely: long steps',
    needs: 'an interleaving',
  },
  {
    name: 'a ring goes on behind its end after it wrapped',
    file: 'engines/core/world/threads/ring.ts',
    find: 'this.#tail = (this.#tail + rest) | 0',
    replace: 'this.#tail = (this.#tail + rest + 8) | 0',
    caughtBy: 'timely: threads',
    needs: 'nothing',
  },
  {
    name: 'a commit is stamped with an instant before it',
    file: 'engines/core/world/threads/commit-ring.ts',
    find: 'f64[number + 5] = now()',
    replace: 'f64[number + 5] = now() - 1e9',
    caughtBy: 'timely: threads',
    needs: 'nothing',
  },
  {
    name: 'a commit of an older generation is accepted on threads',
    file: 'engines/core/world/threads/commit-ring.ts',
    find: 'if (generation() > commit.generation) {',
    replace: 'if (generation() < commit.generation) {',
    caughtBy: 'ledger',
    needs: 'an interleaving',
  },
  {
    name: 'the kernel of text digests adds one lane twice',
    file: 'engines/core/kernels/digest.as.ts',
    find: 'sum1 += integerLane(<u32>(lanes >> 32), 1)',
    replace: 'sum1 += integerLane(<u32>lanes, 1)',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'the kernel of key lanes reads a byte behind the key',
    file: 'engines/core/kernels/digest.as.ts',
    find: 'if (left > 2) tail |=',
    replace: 'if (left > 1) tail |=',
    caughtBy: 'dstream: running',
    needs: 'nothing',
  },
  {
    name: 'the kernel that takes rows out of a table adds them',
    file: 'engines/core/kernels/table.as.ts',
    find: 'const factor: i64 = sign',
    replace: 'const factor: i64 = 1',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
  {
    name: 'an output that all partitions feed is committed on the first',
    file: 'engines/core/output/expected-commits.ts',
    find: 'into.every((path) => single.has(path.from)) ? 1',
    replace: 'into.every((path) => !single.has(path.from)) ? 1',
    caughtBy: 'dstream: running',
    needs: 'nothing',
  },
  {
    name: 'a record that is put out counts twice',
    file: 'engines/core/operators/output-fold.ts',
    find: 'else this.#addRow(record, 1)',
    replace: 'else this.#addRow(record, 2)',
    caughtBy: 'timely: grep, plain',
    needs: 'nothing',
  },
  {
    name: 'a digest forgets the tag of a value',
    file: 'engines/core/output/digest.ts',
    find: 'Math.imul(word1, ROW_FACTORS[1]) + valueTag)',
    replace: 'Math.imul(word1, ROW_FACTORS[1]))',
    caughtBy: 'timely: ranks, killed',
    needs: 'nothing',
  },
  {
    name: 'the oracle takes a record due at the end of a tick into it',
    file: 'workloads/oracle-ranges.ts',
    find: 'BigInt(share) + 999_999_999n',
    replace: 'BigInt(share) + 1_000_000_000n',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'the oracle keeps a window a slide too long',
    file: 'workloads/oracle-folds.ts',
    find: 'if (tick > length) {',
    replace: 'if (tick > length + slide) {',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
]

export function occurrences(text: string, find: string): number {
  return text.split(find).length - 1
}
