// Kernels on pairs of unsigned 32-bit integers, four pairs at once. A key is 8 bytes long, and its high half is zero.
import { fmix32, integerLane } from './digest.as'

const SEED0: u32 = 0x53470003 // KEY_SEEDS[0] ^ TAG_INTEGER
const SEED1: u32 = 0x53470103
const TAG_INTEGER: u32 = 2

// @ts-ignore: decorator
@inline
function rotated(vector: v128, by: i32): v128 {
  return v128.or(i32x4.shl(vector, by), i32x4.shr_u(vector, 32 - by))
}

// @ts-ignore: decorator
@inline
function finishedBy(vector: v128, first: v128, second: v128): v128 {
  let h = v128.xor(vector, i32x4.shr_u(vector, 16))
  h = i32x4.mul(h, first)
  h = v128.xor(h, i32x4.shr_u(h, 13))
  h = i32x4.mul(h, second)
  return v128.xor(h, i32x4.shr_u(h, 16))
}

// @ts-ignore: decorator
@inline
function finished(vector: v128): v128 {
  return finishedBy(vector, i32x4.splat(0x85ebca6b), i32x4.splat(0xc2b2ae35))
}

// @ts-ignore: decorator
@inline
function stepped(state: v128, added: v128): v128 {
  const turned = rotated(state, 13)
  return i32x4.add(i32x4.add(turned, i32x4.shl(turned, 2)), added)
}

// A key of two blocks, of which that of the high half is zero.
// @ts-ignore: decorator
@inline
function hashed(block: v128, seed: v128, added: v128): v128 {
  return stepped(stepped(v128.xor(seed, block), added), added)
}

// The low halves of four keys, made ready for both lanes.
// @ts-ignore: decorator
@inline
function scrambled(keys: v128): v128 {
  return i32x4.mul(rotated(i32x4.mul(keys, i32x4.splat(0xcc9e2d51)), 15), i32x4.splat(0x1b873593))
}

// @ts-ignore: decorator
@inline
function keyLanes(block: v128, seed: u32): v128 {
  const state = hashed(block, i32x4.splat(seed), i32x4.splat(0xe6546b64))
  return finished(v128.xor(state, i32x4.splat(8)))
}

// @ts-ignore: decorator
@inline
function keyLane(key: u32, seed: u32): u32 {
  let state = seed ^ (rotl<u32>(key * 0xcc9e2d51, 15) * 0x1b873593)
  state = rotl<u32>(state, 13) * 5 + 0xe6546b64
  state = rotl<u32>(state, 13) * 5 + 0xe6546b64
  return fmix32(state ^ 8)
}

// Lane 0 of an integer key, of which its partition is made.
export function integerLane0(key: u32): u32 {
  return keyLane(key, SEED0)
}

// Both lanes of an integer key, as `keyLanes` of a text.
export function integerKeyLanes(key: u32): u64 {
  return <u64>keyLane(key, SEED0) | (<u64>keyLane(key, SEED1) << 32)
}

// @ts-ignore: decorator
@inline
function summed(vector: v128): u32 {
  return (
    i32x4.extract_lane(vector, 0) +
    i32x4.extract_lane(vector, 1) +
    i32x4.extract_lane(vector, 2) +
    i32x4.extract_lane(vector, 3)
  )
}

// A constant in a register. One that the compiler knows it makes anew at each use, which takes longer than to multiply by it.
// @ts-ignore: decorator
@inline
function kept(value: u32, scratch: usize): v128 {
  store<u32>(scratch, value)
  return v128.load32_splat(scratch)
}

export function digestNumbers(numbers: usize, count: u32, sums: usize): void {
  const scramble0 = kept(0xcc9e2d51, sums)
  const scramble1 = kept(0x1b873593, sums)
  const step = kept(0xe6546b64, sums)
  const finish0 = kept(0x85ebca6b, sums)
  const finish1 = kept(0xc2b2ae35, sums)
  const factor = kept(0x9e3779b1, sums)
  const seed0 = kept(SEED0, sums)
  const seed1 = kept(SEED1, sums)
  const length = kept(8, sums)
  const tag = kept(TAG_INTEGER, sums)
  let all0 = i32x4.splat(0)
  let all1 = i32x4.splat(0)
  const whole = numbers + ((count & ~3) << 3)
  let at = numbers
  for (; at < whole; at += 32) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const keys = v128.shuffle<i32>(a, b, 0, 2, 4, 6)
    const block = i32x4.mul(rotated(i32x4.mul(keys, scramble0), 15), scramble1)
    const low = i32x4.mul(v128.shuffle<i32>(a, b, 1, 3, 5, 7), factor)
    let lane = finishedBy(v128.xor(hashed(block, seed0, step), length), finish0, finish1)
    lane = finishedBy(i32x4.add(lane, low), finish0, finish1)
    all0 = i32x4.add(all0, finishedBy(i32x4.add(lane, tag), finish0, finish1))
    lane = finishedBy(v128.xor(hashed(block, seed1, step), length), finish0, finish1)
    lane = finishedBy(i32x4.add(lane, low), finish0, finish1)
    all1 = i32x4.add(all1, finishedBy(i32x4.add(lane, tag), finish0, finish1))
  }
  let sum0 = summed(all0)
  let sum1 = summed(all1)
  const end = numbers + (count << 3)
  for (; at < end; at += 8) {
    const key = load<u32>(at)
    const value = <i64>load<u32>(at, 4)
    sum0 += integerLane(keyLane(key, SEED0), value)
    sum1 += integerLane(keyLane(key, SEED1), value)
  }
  store<u32>(sums, sum0)
  store<u32>(sums, sum1, 4)
}

// Where the buffer of a lane's partition is described. Most numbers of partitions are powers of two.
// @ts-ignore: decorator
@inline
function bufferOf(lane: u32, partitions: u32, buffers: usize): usize {
  const mask = partitions - 1
  return buffers + (((partitions & mask) == 0 ? lane & mask : lane % partitions) << 3)
}

// @ts-ignore: decorator
@inline
function appended(at: usize, buffer: usize): bool {
  const next = load<u32>(buffer)
  if (next == load<u32>(buffer, 4)) return false
  store<u64>(next, load<u64>(at))
  store<u32>(buffer, next + 8)
  return true
}

export function exchangeNumbers(
  numbers: usize,
  count: u32,
  partitions: u32,
  buffers: usize,
): u32 {
  const whole = count & ~3
  let at = numbers
  let taken: u32 = 0
  for (; taken < whole; taken += 4, at += 32) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const lanes = keyLanes(scrambled(v128.shuffle<i32>(a, b, 0, 2, 4, 6)), SEED0)
    if (!appended(at, bufferOf(i32x4.extract_lane(lanes, 0), partitions, buffers))) return taken
    if (!appended(at + 8, bufferOf(i32x4.extract_lane(lanes, 1), partitions, buffers)))
      return taken + 1
    if (!appended(at + 16, bufferOf(i32x4.extract_lane(lanes, 2), partitions, buffers)))
      return taken + 2
    if (!appended(at + 24, bufferOf(i32x4.extract_lane(lanes, 3), partitions, buffers)))
      return taken + 3
  }
  for (; taken < count; taken++, at += 8) {
    const lane = keyLane(load<u32>(at), SEED0)
    if (!appended(at, bufferOf(lane, partitions, buffers))) return taken
  }
  return count
}

// Each pair as it is, and turned around. `out` has room for twice as many.
export function bothWays(numbers: usize, count: u32, out: usize): void {
  const end = numbers + (<usize>count << 3)
  for (; numbers < end; numbers += 8, out += 16) {
    const pair = load<u64>(numbers)
    store<u64>(out, pair)
    store<u64>(out, rotl<u64>(pair, 32), 8)
  }
}

// The first number of each pair, and the lesser of both. `out` may be where the pairs are.
export function withLesser(numbers: usize, count: u32, out: usize): void {
  const end = numbers + (<usize>count << 3)
  for (; numbers < end; numbers += 8, out += 8) {
    const first = load<u32>(numbers)
    store<u32>(out, first)
    store<u32>(out, min<u32>(first, load<u32>(numbers, 4)), 4)
  }
}

// Keeps the pairs with this number in this place. Writes each, and overwrites those that are not kept: no branch.
export function numbersWhere(numbers: usize, count: u32, place: u32, value: u32, out: usize): u32 {
  const end = numbers + (<usize>count << 3)
  const offset = <usize>place << 2
  let next = out
  for (; numbers < end; numbers += 8) {
    const own = load<u32>(numbers + offset)
    store<u64>(next, load<u64>(numbers))
    next += <usize>(own == value) << 3
  }
  return <u32>((next - out) >> 3)
}
