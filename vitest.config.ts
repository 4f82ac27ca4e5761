import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Minutes of work in few files: begun last, they would leave a core idle at the end. */
const LONG = ['experiments/campaign/campaign.differential', 'experiments/conformance/']

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((place) => moduleId.includes(place))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['{engines,workloads,experiments,results,notebooks}/**/*.test.ts'],
    setupFiles: ['./experiments/property-seed.ts'],
    // Threads-world tests own both cores for seconds at a time; wall time is never asserted, so the limit is generous.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One more than cores: a third of the time is spent waiting for processes that run for seconds by the clock.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
  },
})
