/**
 * The simulated shared storage: whole blobs by name, durable when the write's completion is delivered; and the disk of the
 * run's user, with the files that outputs save. That one may have faults: it is slow, it breaks off, it is full.
 */
import type { SavedFile } from '../../system.ts'
import type { Nanos } from '../../units.ts'
import type { Random } from '../random.ts'
import type { Inbound } from '../world.ts'

export interface DiskConfig {
  readonly latency: Nanos
  readonly bytesPerSecond: number
  readonly faults?: DiskFaults
}

export interface DiskFaults {
  /** Of files, the share that takes so many times as long. */
  readonly slow?: { readonly share: number; readonly factor: number }
  /** Of files, the share of which half is written when the disk gives up: no reader sees it, and it may be tried again. */
  readonly torn?: number
  /** Bytes of files that there is room for. */
  readonly filesBytesMax?: number
}

export type Published = Pick<Extract<Inbound, { kind: 'storage' }>, 'outcome' | 'reason'>

export const DISK: DiskConfig = { latency: 2_000_000, bytesPerSecond: 100_000_000 }

export class Disk {
  #config: DiskConfig
  #random: Random
  #blobs = new Map<string, Uint8Array>()
  #files = new Map<string, SavedFile>()
  #filesBytes = 0

  constructor(config: DiskConfig, random: Random) {
    this.#config = config
    this.#random = random
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

  /** Files in the order in which they became durable. */
  get files(): readonly SavedFile[] {
    return [...this.#files.values()]
  }

  fileDelay(bytes: number): Nanos {
    const { slow } = this.#config.faults ?? {}
    const delay = this.delay(bytes)
    return slow !== undefined && this.#random.unit() < slow.share ? delay * slow.factor : delay
  }

  /** Whether it carries out what somebody asked for who has died. */
  servesTheDead(): boolean {
    return this.#random.unit() < 0.5
  }

  /** `refusal`: why nothing more can be written now. */
  publish(file: SavedFile, refusal?: string): Published {
    const { torn = 0, filesBytesMax = Number.POSITIVE_INFINITY } = this.#config.faults ?? {}
    const { name, bytes } = file
    const known = this.#files.get(name)
    if (known !== undefined) return { outcome: equal(known.bytes, bytes) ? 'done' : 'contradicted' }
    if (refusal !== undefined) return { outcome: 'failed', reason: refusal }
    if (torn > 0 && this.#random.unit() < torn) {
      return { outcome: 'failed', reason: `broke off after ${bytes.length >> 1} bytes` }
    }
    if (this.#filesBytes + bytes.length > filesBytesMax) {
      return { outcome: 'failed', reason: 'no space left on the disk' }
    }
    this.#files.set(name, file)
    this.#filesBytes += bytes.length
    return { outcome: 'done' }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
