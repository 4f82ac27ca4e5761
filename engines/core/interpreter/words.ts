/** What each kind of node does: the one place where the plan's kinds meet their words. */
import type { PlanNode } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { windowedByEventTime } from './event-time.ts'
import { cogrouped, distinct, groupedByKey, joined } from './grouping.ts'
import { filtered, flatMapped, keyedBy, mapped, passed, stamped, united } from './narrow.ts'
import type { OutputNode } from './nodes.ts'
import type { Period } from './periods.ts'
import { ranked } from './ranking.ts'
import { reducedByKey, runningReduced } from './reduces.ts'
import { joinedWithStatic, type Statics } from './statics.ts'
import { joinedWithTable } from './table-join.ts'
import { tracked } from './tracking.ts'
import { reducedByWindow, windowed } from './windows.ts'
import type { Word } from './word.ts'

/** Not what begins or ends a plan or a loop. */
export type WordNode = Exclude<PlanNode, OutputNode | { kind: 'source' | 'loop' | 'iterate' }>

/** What words know beside what comes to them. */
export interface Surroundings {
  readonly statics: Statics
  /** Where the input ends, if it does. */
  readonly endsAt?: TickEnd | undefined
}

/** A word that has seen nothing yet. */
export function newWord(node: WordNode, period: Period, { statics, endsAt }: Surroundings): Word {
  switch (node.kind) {
    case 'map':
      return mapped(node.f)
    case 'filter':
      return filtered(node.f)
    case 'flatMap':
      return flatMapped(node.f)
    case 'keyBy':
      return keyedBy(node.f)
    case 'union':
      return united()
    case 'changes':
    case 'exchange':
    case 'query':
      return passed()
    case 'stamp':
      return stamped()
    case 'reduceByKey':
      return reducedByKey(node.f)
    case 'runningReduce':
      return runningReduced(node.f)
    case 'window':
      return windowed(node)
    case 'reduceByWindow':
      return reducedByWindow(node, node.merge)
    case 'topK':
      return ranked(node.k)
    case 'groupByKey':
      return groupedByKey()
    case 'distinct':
      return distinct()
    case 'join':
      return joined()
    case 'cogroup':
      return cogrouped()
    case 'tableJoin':
      return joinedWithTable()
    case 'staticJoin':
      return joinedWithStatic(statics, node.static)
    case 'track':
      return tracked(node, gatheringPeriod(period))
    case 'eventWindow':
      return windowedByEventTime(node, gatheringPeriod(period), endsAt)
  }
}

/** What gathers a period's records is never called in every tick. */
function gatheringPeriod(period: Period): Nanos {
  if (period === 'tick') throw new Error('a word that gathers has no period of its own')
  return period
}
