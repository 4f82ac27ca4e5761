/** Bugs of inputs that end: bounded runs, their final answers, and static data, which is the answer of one. */
import type { PlantedBug } from './planted-bug.ts'

export const BOUNDED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a bounded input has a record twice',
    file: 'engines/core/input/once-log.ts',
    find: 'firsts[partition + 1]! - firsts[partition]!',
    replace: 'firsts[partition + 1]! - firsts[partition]! + Number(partition === 0)',
    caughtBy: 'timely: bounded',
    needs: 'nothing',
  },
  {
    name: 'an answer has the first value of a key',
    file: 'engines/core/output/final-answer.ts',
    find: 'else last.set(identityOf(row[0]), row)',
    replace: 'else if (!last.has(identityOf(row[0]))) last.set(identityOf(row[0]), row)',
    caughtBy: 'timely: bounded windows',
    needs: 'nothing',
  },
  {
    name: 'static rows of one partition are missing',
    file: 'engines/core/statics/with-statics.ts',
    find: 'await rowsOf(part, record)',
    replace: 'await rowsOf(part, { commits: [], rows: record.rows.slice(1) })',
    caughtBy: 'timely: static data',
    needs: 'nothing',
  },
  {
    name: 'a static key has the last of its rows alone',
    file: 'engines/core/statics/static-tables.ts',
    find: 'else found.values.push(value)',
    replace: 'else found.values[0] = value',
    caughtBy: 'timely: static data',
    needs: 'nothing',
  },
]
