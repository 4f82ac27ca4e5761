/**
 * An engine for the tests of this world: processes that play one scene each (`scripted-scenes.ts`), named by the plan's
 * parameters. It stands in for both modules that a thread imports, the registry and the setup, and needs no plan,
 * kernels or input.
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Engine, ProcessSetup } from '../../engine.ts'
import type { InputLog } from '../../input/input-log.ts'
import { TickLog } from '../../input/tick-log.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { type EventStream, readStream } from '../../plan/stream.ts'
import type { RunConfig } from '../../run-config.ts'
import type { Process, World } from '../world.ts'
import { EndlessScene, ExitScene, ThrowScene } from './scripted-endings.ts'
import { CheckpointScene, LingerScene } from './scripted-faults.ts'
import {
  Committer,
  Echo,
  FillScene,
  HeartbeatScene,
  InputScene,
  ProposeScene,
  RowsScene,
  SilentScene,
  StaleScene,
  StorageScene,
} from './scripted-scenes.ts'

export type Scene =
  | 'commit'
  | 'silent'
  | 'echo'
  | 'storage'
  | 'propose'
  | 'stale'
  | 'throw'
  | 'throw-in-create'
  | 'endless'
  | 'exit'
  | 'heartbeats'
  | 'rows'
  | 'fill'
  | 'input'
  | 'checkpoint'
  | 'linger'

function sceneOf(world: World, setup: ProcessSetup): Process {
  const { config } = setup
  const scene = config.plan.parameters.scene as Scene
  switch (scene) {
    case 'commit':
      return new Committer(world, config)
    case 'silent':
      return new SilentScene(world, config)
    case 'echo':
      return new Echo(world, config)
    case 'storage':
      return new StorageScene(world, config)
    case 'propose':
      return new ProposeScene(world, config)
    case 'stale':
      return new StaleScene(world, config)
    case 'throw':
      return new ThrowScene(world, config)
    case 'throw-in-create':
      throw new TypeError('no such scene')
    case 'endless':
      return new EndlessScene(world, config)
    case 'exit':
      return new ExitScene(world, config)
    case 'heartbeats':
      return new HeartbeatScene(world, config)
    case 'rows':
      return new RowsScene(world, config)
    case 'fill':
      return new FillScene(world, config)
    case 'input':
      return new InputScene(world, setup)
    case 'checkpoint':
      return new CheckpointScene(world, config)
    case 'linger':
      return new LingerScene(world, config)
  }
}

const ENGINE: Engine = {
  name: 'timely',
  processes: (config) => config.workers,
  check: () => {},
  heldInput: () => 0,
  create: sceneOf,
}

export async function engineOf(): Promise<Engine> {
  return ENGINE
}

export async function dataflowOf(config: RunConfig): Promise<Dataflow> {
  return {
    operators: [
      {
        id: 0,
        node: 0,
        word: 'source',
        period: 'tick',
        loops: [],
        kind: 'source',
        url: 'test:',
        interval: config.tick,
      },
    ],
    paths: [{ id: 0, from: 0, chain: [], to: { kind: 'output', output: 0 }, crossings: [] }],
    outputs: [
      {
        index: 0,
        name: 'scene',
        node: { id: 1, kind: 'collect', input: 0, name: 'scene' },
        period: 'tick',
        rows: 'events',
      },
    ],
    tables: [],
    loops: [],
    interval: config.tick,
    hash: 'scripted',
  }
}

export async function setupOf(config: RunConfig, memory: RunMemory): Promise<ProcessSetup> {
  return {
    config,
    dataflow: await dataflowOf(config),
    input: {} as InputLog,
    ticks: new TickLog(config.tick),
    kernels: {
      mode: 'plain',
      memory,
      copyBytes: (target: number, source: number, length: number) =>
        memory.u8.copyWithin(target, source, source + length),
    } as unknown as ProcessSetup['kernels'],
  }
}

/** A plan for the runs that use the real setup. */
export function tinyPlan(): EventStream<string> {
  return readStream<string>('test:', '20ms').filter((line) => line !== '')
}
