import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Tests that start no thread and no server, and leave nothing behind: their files share a process, which would take a quarter of a
 * second each to start. What they import is loaded once, and stays compiled for those that come after.
 */
const PURE = [
  'engines/core/{columns,cost,faults,input,interpreter,kernels,membership,metrics,operators,output,plan,queries,recovery,statics,tables}/**/*.test.ts',
  'engines/{readme,tidy}.test.ts',
  'engines/core/*.test.ts',
  'engines/core/world/*.test.ts',
  'engines/core/world/simulated/**/*.test.ts',
  'engines/core/world/threads/{blob-directory,commit-ring,links,published-membership,ring.property,row-printer,saved-files,scratch-file}.test.ts',
  'engines/core/world/threads/faults/{faulty-links,faulty-session,loop-faults,moment-watch,skewed-clock,storage-faults}.test.ts',
  'engines/core/world/threads/live/window.property.test.ts',
  'engines/core/ingest/*.{property,sim}.test.ts',
  'engines/{timely,dstream}/**/*.test.ts',
  'workloads/**/*.test.ts',
  'experiments/conformance/{timely,dstream}.conformance.test.ts',
  'experiments/conformance/*.{differential,sim}.test.ts',
  'experiments/bench/{all,bench,checkpoints,earlier-runs,fault-rows,flat-memory,fresh-bytes}.test.ts',
  'experiments/campaign/{drawn-faults.property,random-plan.property,recoveries,survival,survival.property}.test.ts',
  'experiments/checkers/*.test.ts',
  'experiments/cli/{options,readme,readme-reference,seed,trial-report}.test.ts',
  'experiments/compare/{lost-trials,schedule}.test.ts',
  'experiments/runner/{deadline-cut.sim,fault-rows,pushed-check,recovery-phases,reporting,simulation.sim,static-inputs,sustainable-rate,trial,trial-measures,trial-series}.test.ts',
  'experiments/statistics/*.test.ts',
  'experiments/validate/claims.test.ts',
  'experiments/index.test.ts',
  'notebooks/report/{floor,threats}.test.ts',
  'results/*.test.ts',
]

/** Minutes of work, or of waiting, in few files: begun last, they would leave a core idle at the end. */
const LONG = [
  'engines/core/world/threads/live/',
  'experiments/campaign/campaign.differential',
  'experiments/cli/own-plan',
  'experiments/cli/readme-commands',
  'experiments/cli/run.',
  'experiments/conformance/',
  'experiments/peers/',
  'experiments/planted-bugs/',
]

/**
 * Long files first, and all that have a process of their own before all that share one: a process is given up, with all that it has
 * compiled, when the next file in line may not share it.
 */
class InLine extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId, project }: TestSpecification): number => {
      const isLong = LONG.some((place) => moduleId.includes(place))
      return (project.config.isolate ? 0 : 2) + (isLong ? 0 : 1)
    }
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => turn(a) - turn(b))
  }
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['{engines,workloads,experiments,results,notebooks}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...PURE],
        },
      },
    ],
    setupFiles: ['./experiments/property-seed.ts'],
    // Threads-world tests own both cores for seconds at a time; wall time is never asserted, so the limit is generous.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Modules are loaded by Node itself, which runs the sources as they are: each access to an import through Vite's runner is a call.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // As the program is started: with the cache of compiled modules, which the threads of tests have from it, too.
    execArgv: [
      '--import',
      new URL('./experiments/preflight.mjs', import.meta.url).href,
      // A young generation that is large from the start: a run is short, and each of its threads would grow one, collection by collection.
      '--min-semi-space-size=16',
    ],
    pool: 'forks',
    // One more than cores: a third of the time is spent waiting for processes that run for seconds by the clock.
    maxWorkers: 3,
    sequence: { sequencer: InLine },
  },
})
