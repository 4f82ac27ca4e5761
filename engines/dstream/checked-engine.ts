/** The D-Stream engine with its lineage checked on every block, for a run in the simulated world. */
import type { CheckedEngine } from '../core/conformance/checked-engine.ts'
import { dstreamEngineWith } from './engine.ts'
import { LineageCheck } from './rdd/lineage-check.ts'

export function checkedDStreamEngine(): CheckedEngine & { readonly lineage: LineageCheck } {
  const lineage = new LineageCheck()
  return {
    engine: dstreamEngineWith(lineage),
    lineage,
    drained: () => true,
    left: () => [],
    seen: () => (lineage.compared > 0 ? ['a block was held against the one that it replaces'] : []),
  }
}
