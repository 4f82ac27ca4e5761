/**
 * The state of one partition as a blob: what `Checkpoint` of every stateful vertex gives (Naiad §3.4), in one piece.
 *
 *   u32 mark 'TSG1'   u32 bytes of body   u32 murmur3 of the body   body:
 *   u16 length and bytes of the plan's hash, u32 generation, u32 epoch, u32 partition, u32 operators,
 *   for each: u32 operator, u32 tables, for each table: i32 length (−1: none), bytes
 */
import { StorageError } from '../../core/errors.ts'
import { murmur3 } from '../../core/output/digest.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { PartitionId } from '../../core/units.ts'

const MARK = 0x31475354
const HEADER_BYTES = 12

export interface OperatorState {
  readonly operator: OperatorId
  readonly tables: readonly (Uint8Array | undefined)[]
}

export interface PartitionState {
  readonly plan: string
  readonly generation: number
  readonly epoch: number
  readonly partition: PartitionId
  readonly operators: readonly OperatorState[]
}

export function encodeState(state: PartitionState): Uint8Array {
  const hash = Buffer.from(state.plan, 'utf8')
  let size = HEADER_BYTES + 2 + hash.length + 16
  for (const { tables } of state.operators) {
    size += 8
    for (const table of tables) size += 4 + (table?.length ?? 0)
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = HEADER_BYTES
  const u32 = (value: number): void => {
    view.setUint32(at, value, true)
    at += 4
  }
  view.setUint16(at, hash.length, true)
  bytes.set(hash, at + 2)
  at += 2 + hash.length
  u32(state.generation)
  u32(state.epoch)
  u32(state.partition)
  u32(state.operators.length)
  for (const { operator, tables } of state.operators) {
    u32(operator)
    u32(tables.length)
    for (const table of tables) {
      view.setInt32(at, table === undefined ? -1 : table.length, true)
      at += 4
      if (table === undefined) continue
      bytes.set(table, at)
      at += table.length
    }
  }
  view.setUint32(0, MARK, true)
  view.setUint32(4, size - HEADER_BYTES, true)
  view.setUint32(8, murmur3(bytes, HEADER_BYTES, size, MARK), true)
  return bytes
}

/** Errors: `StorageError` when the blob is torn, or its checksum does not match. */
export function decodeState(name: string, bytes: Uint8Array): PartitionState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole =
    bytes.length >= HEADER_BYTES &&
    view.getUint32(0, true) === MARK &&
    view.getUint32(4, true) === bytes.length - HEADER_BYTES &&
    view.getUint32(8, true) === murmur3(bytes, HEADER_BYTES, bytes.length, MARK)
  if (!whole) {
    throw new StorageError({
      asked: `the checkpointed state ${name}`,
      found: `${bytes.length} bytes that are torn or do not match their checksum`,
      rule: 'a state is restored whole or not at all',
      remedy: 'Look at the storage; the run cannot go back to this checkpoint',
    })
  }
  let at = HEADER_BYTES
  const u32 = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const hashLength = view.getUint16(at, true)
  const plan = Buffer.from(bytes.subarray(at + 2, at + 2 + hashLength)).toString('utf8')
  at += 2 + hashLength
  const generation = u32()
  const epoch = u32()
  const partition = u32()
  const operators: OperatorState[] = []
  for (let count = u32(); count > 0; count--) {
    const operator = u32()
    const tables: (Uint8Array | undefined)[] = []
    for (let left = u32(); left > 0; left--) {
      const length = view.getInt32(at, true)
      at += 4
      if (length < 0) tables.push(undefined)
      else {
        tables.push(bytes.subarray(at, at + length))
        at += length
      }
    }
    operators.push({ operator, tables })
  }
  return { plan, generation, epoch, partition, operators }
}
