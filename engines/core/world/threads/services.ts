/** The threads of a run that are none of its processes: storage, and who reads a live input. No fault ends them. */
import { Worker } from 'node:worker_threads'
import { THREAD_LIMITS } from './process-slot.ts'
import type { ThreadData } from './thread-entry.ts'

export interface ServicesHooks {
  failed(error: Error): void
  ended(): void
}

const THREAD_ENTRY = new URL('./thread-entry.ts', import.meta.url)

export class Services {
  #execArgv: readonly string[] | undefined
  #hooks: ServicesHooks
  #running = new Set<Worker>()

  constructor(execArgv: readonly string[] | undefined, hooks: ServicesHooks) {
    this.#execArgv = execArgv
    this.#hooks = hooks
  }

  get running(): boolean {
    return this.#running.size > 0
  }

  start(name: string, data: ThreadData): void {
    const worker = new Worker(THREAD_ENTRY, {
      workerData: data,
      name,
      resourceLimits: THREAD_LIMITS,
      ...(this.#execArgv ? { execArgv: [...this.#execArgv] } : {}),
    })
    worker.on('error', (error) => this.#hooks.failed(error as Error))
    worker.on('exit', () => {
      this.#running.delete(worker)
      this.#hooks.ended()
    })
    this.#running.add(worker)
  }

  /** Ends them wherever they are. */
  terminate(): void {
    for (const service of this.#running) void service.terminate()
  }
}
