/** The simulated shared storage: whole blobs by name, durable when the write's completion is delivered. */
import type { Nanos } from '../../units.ts'

export interface DiskConfig {
  readonly latency: Nanos
  readonly bytesPerSecond: number
}

export const DISK: DiskConfig = { latency: 2_000_000, bytesPerSecond: 100_000_000 }

export class Disk {
  #config: DiskConfig
  #blobs = new Map<string, Uint8Array>()

  constructor(config: DiskConfig) {
    this.#config = config
  }

  delay(bytes: number): Nanos {
    return this.#config.latency + Math.ceil((bytes * 1e9) / this.#config.bytesPerSecond)
  }

  put(name: string, bytes: Uint8Array): void {
    this.#blobs.set(name, bytes)
  }

  get(name: string): Uint8Array | undefined {
    return this.#blobs.get(name)
  }

  list(prefix: string): readonly string[] {
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).sort()
  }

  remove(name: string): boolean {
    return this.#blobs.delete(name)
  }
}
