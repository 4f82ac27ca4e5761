/**
 * What a process is made from, rebuilt in its thread from plain data: plan, dataflow, input log, kernels.
 *
 * A module by name, so that tests put another in its place (`ThreadsOptions.modules`).
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Engine, ProcessSetup } from '../../engine.ts'
import type { Pool } from '../../input/input-log.ts'
import { createInputLog } from '../../input/looping-log.ts'
import { tickLogOf } from '../../input/tick-log.ts'
import { loadKernels } from '../../kernels/load-kernels.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { buildDataflow } from '../../plan/dataflow-builder.ts'
import { loadPlan } from '../../plan/named-plan.ts'
import type { RunConfig } from '../../run-config.ts'

/** What a setup module exports. */
export interface SetupModule {
  dataflowOf(config: RunConfig): Promise<Dataflow>
  setupOf(config: RunConfig, memory: RunMemory, pool: Pool): Promise<ProcessSetup>
}

/** What a registry of engines exports. */
export interface EngineModule {
  engineOf(name: RunConfig['engine']): Promise<Engine>
}

export async function dataflowOf(config: RunConfig): Promise<Dataflow> {
  return buildDataflow(await loadPlan(config.plan))
}

export async function setupOf(
  config: RunConfig,
  memory: RunMemory,
  pool: Pool,
): Promise<ProcessSetup> {
  const dataflow = await dataflowOf(config)
  return {
    config,
    dataflow,
    input: createInputLog(config, pool),
    ticks: tickLogOf(config, dataflow),
    kernels: loadKernels(memory, config.kernels),
  }
}
