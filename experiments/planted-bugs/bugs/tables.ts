/** Bugs of tables, combiners and digests: what is known of a key, and how it is put out. */
import type { PlantedBug } from './planted-bug.ts'

export const TABLES_BUGS: readonly PlantedBug[] = [
  {
    name: 'a value that is what it was is put out as a change',
    file: 'engines/core/tables/keyed-slots.ts',
    find: 'if (Object.is(now, this.#reported[slot])) continue',
    replace: 'if (now === ABSENT && this.#reported[slot] === ABSENT) continue',
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
    name: 'a record that is put out counts twice',
    file: 'engines/core/operators/output-fold.ts',
    find: 'else this.#addRow(record, 1)',
    replace: 'else this.#addRow(record, 2)',
    caughtBy: 'timely: grep, plain',
    needs: 'nothing',
  },
  {
    name: 'a reduce is believed to be lawful',
    file: 'engines/core/operators/reduce-laws.ts',
    find: 'if (Object.is(identityOf(x), identityOf(y))) return undefined',
    replace: 'if (typeof identityOf(x) === typeof identityOf(y)) return undefined',
    caughtBy: 'laws',
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
]
