// The kernels, compiled by build.ts to kernels.wasm. No static data, no `new`: every thread instantiates them on the one
// shared memory, and all state lies where the host says. The plain definitions say what each function does.
export { poolSlices, words, contains, longerThan, prefix, lowerCase, copyBytes } from './text.as'
export { digestText, zero } from './digest.as'
export { bothWays, digestNumbers, exchangeNumbers, numbersWhere, withLesser } from './numbers.as'
export {
  extremesBegin,
  extremesFold,
  extremesMove,
  extremesOrder,
  extremesRows,
  extremesTake,
} from './extremes.as'
export { joinAppend, joinEvents, joinIndex, joinOut, joinPut, joinRows } from './integer-join.as'
export {
  spreadAppend,
  spreadBegin,
  spreadEvents,
  spreadForget,
  spreadIndex,
  spreadPut,
  spreadRows,
  spreadRun,
  spreadSort,
  spreadTake,
} from './spread.as'
export { tableAddPairs } from './table-pairs.as'
export { tableCountSlices, tableFold, tableRows, tableDrain, tableMove } from './table.as'
export { unionEvents, unionForget, unionRows, unionSettle } from './union.as'
export { tableTakeChanges, tableDiff, tableTop } from './table-changes.as'
