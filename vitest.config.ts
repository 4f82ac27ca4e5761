import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{engines,workloads,experiments,results,notebooks}/**/*.test.ts'],
    setupFiles: ['./experiments/property-seed.ts'],
    // Threads-world tests own both cores for seconds at a time; wall time is never asserted, so the limit is generous.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
