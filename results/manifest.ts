/**
 * `manifest.json`: what a run was, so that its rows can be judged, redrawn and repeated without asking anybody.
 *
 * Values that could not be found out are null, never a guess. No absolute path is ever written here: runs are committed.
 */
import { z } from 'zod'
import { SCHEMA_VERSION } from './schema.ts'

/** What experiments find out about machine and checkout before the first trial. */
export const environmentSchema = z.strictObject({
  commit: z.string().nullable().describe('Commit of the checkout.'),
  dirty: z.boolean().nullable().describe('The checkout had changes that were not committed.'),
  lockfileSha256: z.string().nullable().describe('Hash of `package-lock.json`.'),
  node: z.string().describe('Version of Node.'),
  v8: z.string().describe('Version of V8.'),
  nodeFlags: z
    .array(z.string())
    .describe(
      'Flags that Node was started with, own modules left out, those that every process sets, and those of the processes of trials.',
    ),
  allocator: z
    .record(z.string(), z.string())
    .optional()
    .describe('Settings of glibc’s allocator in the processes of trials.'),
  platform: z.string().describe('Operating system and architecture.'),
  kernel: z.string().describe('Release of the kernel.'),
  cpuModel: z.string().nullable().describe('Model of the processor.'),
  cores: z.number().int().describe('Cores that the process may use.'),
  coresLimit: z.number().nullable().describe('Limit in cores that a container sets.'),
  governor: z.string().nullable().describe('Frequency governor, where it can be read.'),
  memoryBytes: z.number().int().describe('Memory of the machine.'),
  memoryBytesLimit: z.number().int().nullable().describe('Limit that a container sets.'),
  clockResolutionNs: z.number().int().describe('Smallest step of the monotonic clock, measured.'),
})
export type Environment = z.infer<typeof environmentSchema>

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION).describe('Version of the tables; others are refused.'),
  runId: z.string().describe('Name of the run and of its folder.'),
  experiment: z.string().describe('Name of the experiment.'),
  state: z
    .enum(['running', 'complete', 'incomplete'])
    .describe(
      '`incomplete` after an interruption, or when its input was lost; such a run is refused unless asked for.',
    ),
  incompleteBecause: z
    .string()
    .nullable()
    .describe('What interrupted the run, or became of its input.'),
  synthetic: z
    .string()
    .nullable()
    .describe('Set where rows were made by hand; every figure shows it.'),
  command: z.string().describe('The command, from the checkout.'),
  seed: z.number().int().describe('Seed of the run.'),
  parameters: z.record(z.string(), z.unknown()).describe('Parameters with defaults resolved.'),
  peers: z.record(z.string(), z.string()).describe('Versions of peers that took part.'),
  calibrationSha256: z
    .string()
    .nullable()
    .describe(
      'Hash of the calibration that simulated rows have their costs from; null: nothing is simulated, or with nominal costs.',
    ),
  startedAt: z.iso.datetime().describe('Start, in UTC.'),
  endedAt: z.iso.datetime().nullable().describe('End, in UTC.'),
  warnings: z.array(z.string()).describe('Doubts about the whole run, in words.'),
  environment: environmentSchema.describe('Machine and checkout, see below.'),
})
export type Manifest = z.infer<typeof manifestSchema>
