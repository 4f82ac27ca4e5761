/**
 * An engine whose input is pushed: one process more, the client, and a receiver in front of each worker's state machine.
 *
 * The engine does not know: it is given another `InputLog`, and its processes see neither the ingest's channels nor its
 * messages. Processes are the engine's, in its order, then the client.
 */
import type { Engine, ProcessSetup } from '../engine.ts'
import type { RunConfig } from '../run-config.ts'
import type { Nanos, ProcessId } from '../units.ts'
import type { Inbound, Process, World } from '../world/world.ts'
import { FRONTIER_CHANNEL, PUSH_CHANNEL } from './block.ts'
import { Client } from './client.ts'
import { FrontierLog } from './frontier-log.ts'
import { pushedLog } from './pushed-log.ts'
import { Receiver } from './receiver.ts'

/** The engine that a run needs: itself, or itself behind receivers. Both worlds call this and nothing else of the ingest. */
export function engineWithIngest(engine: Engine, config: Pick<RunConfig, 'ingest'>): Engine {
  return config.ingest === 'pushed' ? pushedEngine(engine) : engine
}

function pushedEngine(engine: Engine): Engine {
  return {
    name: engine.name,
    processes: (config) => engine.processes(config) + 1,
    check: (config, dataflow) => engine.check(config, dataflow),
    heldInput: (config) => engine.heldInput(config),
    create(world, setup) {
      const { config, input, ticks } = setup
      const client = engine.processes(config)
      if (world.process === client) return new Client(world, setup)
      if (world.process >= config.workers) return driverProcess(engine, world, setup)
      const driver = client > config.workers ? config.workers : undefined
      const receiver = new Receiver(world, {
        config,
        client,
        driver,
        schedule: input,
        ticks,
        copy: setup.kernels.copyBytes,
      })
      const log = pushedLog(input, receiver)
      return new ReceivingProcess(engine.create(world, { ...setup, input: log }), receiver, client)
    },
  }
}

function driverProcess(engine: Engine, world: World, setup: ProcessSetup): Process {
  const frontiers = new FrontierLog(world, setup.input)
  const process = engine.create(world, { ...setup, input: frontiers.log })
  return {
    receive(inbound) {
      if (inbound.kind === 'message' && inbound.channel === FRONTIER_CHANNEL) {
        frontiers.receive(inbound)
      } else process.receive(inbound)
    },
    step: () => process.step(),
  }
}

class ReceivingProcess implements Process {
  #process: Process
  #receiver: Receiver
  #client: ProcessId

  constructor(process: Process, receiver: Receiver, client: ProcessId) {
    this.#process = process
    this.#receiver = receiver
    this.#client = client
  }

  receive(inbound: Inbound): void {
    if (inbound.kind === 'message' && this.#isIngest(inbound)) this.#receiver.receive(inbound)
    else this.#process.receive(inbound)
  }

  step(): Nanos {
    this.#receiver.refresh()
    const next = this.#process.step()
    return Math.min(next, this.#receiver.step())
  }

  #isIngest({ from, channel }: Extract<Inbound, { kind: 'message' }>): boolean {
    return from === this.#client || (channel >= PUSH_CHANNEL && channel <= FRONTIER_CHANNEL)
  }
}
