/** The registry of embedded engines. Each is imported only when asked for: a thread loads the one that it runs. */
import type { CheckedEngine } from './core/conformance/checked-engine.ts'
import type { Engine } from './core/engine.ts'
import type { RunConfig } from './core/run-config.ts'

export const ENGINES = ['timely', 'dstream'] as const satisfies readonly RunConfig['engine'][]

/** The engine of a name. The core knows no engine: worlds are given this function. */
export async function engineOf(name: RunConfig['engine']): Promise<Engine> {
  switch (name) {
    case 'timely':
      return (await import('./timely/engine.ts')).timelyEngine
    case 'dstream':
      return (await import('./dstream/engine.ts')).dstreamEngine
  }
}

/** The same with its invariants checked while it runs, for one run in the simulated world. */
export async function checkedEngineOf(name: RunConfig['engine']): Promise<CheckedEngine> {
  switch (name) {
    case 'timely':
      return (await import('./timely/checked-engine.ts')).checkedTimelyEngine()
    case 'dstream':
      return (await import('./dstream/checked-engine.ts')).checkedDStreamEngine()
  }
}
