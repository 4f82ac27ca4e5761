/** Two or three processes' links on one memory, those of the first one with faults, and a clock that the test moves. */
import { RunMemory } from '../../../columns/memory.ts'
import type { FaultPlan } from '../../../faults/fault.ts'
import type { ProcessId } from '../../../units.ts'
import { planLayout } from '../layout.ts'
import { Links, type ProcessLinks } from '../links.ts'
import { FaultWords } from './fault-words.ts'
import { FaultyLinks } from './faulty-links.ts'
import { linksOf, placed } from './placed-fault.ts'

export function faultyLinks(plan: FaultPlan, ringBytes = 1024) {
  const layout = planLayout({
    sizes: {
      workerRegionBytes: 4 * 1024 * 1024,
      driverRegionBytes: 65_536,
      controlRingBytes: ringBytes,
      dataRingBytes: ringBytes,
      commitRingBytes: 1024,
      reportRingBytes: 1024,
      storageRingBytes: 1024,
    },
    workers: 2,
    processes: 3,
    partitions: 4,
    poolBytes: 64,
    faults: plan.length,
  })
  const memory = RunMemory.reserve(layout.bytes)
  const words = new FaultWords(memory, layout.faults, plan.length)
  for (const { at, place } of placed(plan)) if (typeof at === 'number') words.begin(place, at)
  const clock = { now: 0 }
  const context = { incarnation: 1, seed: 1, words, now: () => clock.now }
  /** As a process of a run has them: faulty only if the plan says so of what it sends. */
  const linksOfProcess = (process: ProcessId): ProcessLinks => {
    const links = new Links(memory, layout, process)
    const isFaulty = plan.some((fault) => linksOf(fault).some(({ from }) => from === process))
    return isFaulty ? new FaultyLinks(links, placed(plan), { ...context, process }) : links
  }
  return { memory, layout, words, clock, linksOfProcess }
}
