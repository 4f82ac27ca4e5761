/** All bugs that are planted, by area. */

import { BOUNDED_BUGS } from './bugs/bounded.ts'
import { CHECKPOINTS_BUGS } from './bugs/checkpoints.ts'
import { COPIES_BUGS } from './bugs/copies.ts'
import { DRIVER_BUGS } from './bugs/driver.ts'
import { FAULTS_BUGS } from './bugs/faults.ts'
import { HUNTED_FENCES } from './bugs/hunted-fences.ts'
import { HUNTED_LINEAGE } from './bugs/hunted-lineage.ts'
import { HUNTED_ROLLBACKS } from './bugs/hunted-rollbacks.ts'
import { JOINS_BUGS } from './bugs/joins.ts'
import { LATE_BUGS } from './bugs/late.ts'
import { LOGGING_BUGS } from './bugs/logging.ts'
import { LOOPS_BUGS } from './bugs/loops.ts'
import { ORACLES_BUGS } from './bugs/oracles.ts'
import { OUTPUTS_BUGS } from './bugs/outputs.ts'
import type { PlantedBug } from './bugs/planted-bug.ts'
import { PROGRESS_BUGS } from './bugs/progress.ts'
import { QUERIES_BUGS } from './bugs/queries.ts'
import { RECOVERY_BUGS } from './bugs/recovery.ts'
import { REGIONS_BUGS } from './bugs/regions.ts'
import { RESIZE_BUGS } from './bugs/resize.ts'
import { SNAPSHOTS_BUGS } from './bugs/snapshots.ts'
import { STANDBY_BUGS } from './bugs/standby.ts'
import { STATES_BUGS } from './bugs/states.ts'
import { TABLES_BUGS } from './bugs/tables.ts'
import { UPSTREAM_BUGS } from './bugs/upstream.ts'
import { WINDOWS_BUGS } from './bugs/windows.ts'
import { WORKLOADS_BUGS } from './bugs/workloads.ts'
import { WORLD_BUGS } from './bugs/world.ts'

export const BUGS: readonly PlantedBug[] = [
  ...WINDOWS_BUGS,
  ...TABLES_BUGS,
  ...STATES_BUGS,
  ...JOINS_BUGS,
  ...OUTPUTS_BUGS,
  ...QUERIES_BUGS,
  ...BOUNDED_BUGS,
  ...LATE_BUGS,
  ...PROGRESS_BUGS,
  ...LOOPS_BUGS,
  ...RECOVERY_BUGS,
  ...CHECKPOINTS_BUGS,
  ...COPIES_BUGS,
  ...FAULTS_BUGS,
  ...REGIONS_BUGS,
  ...RESIZE_BUGS,
  ...SNAPSHOTS_BUGS,
  ...LOGGING_BUGS,
  ...STANDBY_BUGS,
  ...UPSTREAM_BUGS,
  ...DRIVER_BUGS,
  ...WORLD_BUGS,
  ...ORACLES_BUGS,
  ...WORKLOADS_BUGS,
  ...HUNTED_ROLLBACKS,
  ...HUNTED_LINEAGE,
  ...HUNTED_FENCES,
]

export function occurrences(text: string, find: string): number {
  return text.split(find).length - 1
}
