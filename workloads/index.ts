/** The registry of workloads. */
import { ConfigurationError } from '../engines/core/errors.ts'
import { adAnalyticsIntegers } from './ad-analytics/integers.ts'
import { adAnalytics } from './ad-analytics/workload.ts'
import { barrier } from './barrier/workload.ts'
import { connectedComponents } from './connected-components/workload.ts'
import { exchange } from './exchange/workload.ts'
import { grep } from './grep/workload.ts'
import { interactive } from './interactive/workload.ts'
import { join } from './join/workload.ts'
import { kExposure } from './k-exposure/workload.ts'
import { lateViews } from './late-views/workload.ts'
import { NEXMARK } from './nexmark/workload.ts'
import { ownPlan, planPlaceOf } from './own-plan.ts'
import { pageRank } from './page-rank/workload.ts'
import { pageViews } from './page-views/workload.ts'
import { sessions } from './sessions/workload.ts'
import { topK } from './top-k/workload.ts'
import { wordCount } from './word-count/workload.ts'
import type { Workload } from './workload.ts'

export const WORKLOADS: readonly Workload[] = [
  grep,
  wordCount,
  topK,
  pageViews,
  sessions,
  lateViews,
  adAnalytics,
  adAnalyticsIntegers,
  join,
  kExposure,
  exchange,
  ...NEXMARK,
  connectedComponents,
  pageRank,
  barrier,
  interactive,
]

/** A workload of the registry, or a plan of a user's own (`own-plan.ts`). Errors: `ConfigurationError` for what is neither. */
export function workloadNamed(name: string): Workload {
  const workload = WORKLOADS.find((candidate) => candidate.name === name)
  if (workload !== undefined) return workload
  const place = planPlaceOf(name)
  if (place !== undefined) return ownPlan(place)
  throw new ConfigurationError({
    asked: `the workload ${name}`,
    found: 'no such workload',
    rule: `workloads are ${WORKLOADS.map((candidate) => candidate.name).join(', ')}`,
    remedy: 'Use one of these, or add a folder as workloads/README.md says',
  })
}
