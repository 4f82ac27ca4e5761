// The public hash of output/digest.ts: two lanes of a key in one pass, and the row lanes made from them.

export const SEED0: u32 = 0x53470000 // KEY_SEEDS[0] ^ TAG_TEXT
export const SEED1: u32 = 0x53470100
// The value words of `undefined`: murmur3 of no bytes with VALUE_SEEDS.
const GONE0: u32 = 0x53470201
const GONE1: u32 = 0x53470301

// @ts-ignore: decorator
@inline
export function fmix32(hash: u32): u32 {
  let h = hash
  h = (h ^ (h >> 16)) * 0x85ebca6b
  h = (h ^ (h >> 13)) * 0xc2b2ae35
  return h ^ (h >> 16)
}

// @ts-ignore: decorator
@inline
function scrambled(block: u32): u32 {
  return rotl<u32>(block * 0xcc9e2d51, 15) * 0x1b873593
}

// @ts-ignore: decorator
@inline
function mixed(state: u32, word: u32): u32 {
  return rotl<u32>(state ^ word, 13) * 5 + 0xe6546b64
}

// @ts-ignore: decorator
@inline
function rotated(vector: v128, by: i32): v128 {
  return v128.or(i32x4.shl(vector, by), i32x4.shr_u(vector, 32 - by))
}

// The four accumulators of a text key after the stripes of `[at, end)`, which are at least one.
// @ts-ignore: decorator
@inline
function accumulated(at: usize, end: usize): v128 {
  let state = i32x4(SEED0, SEED1, SEED0 ^ 0x9e3779b1, SEED1 ^ 0x85ebca77)
  do {
    const words = v128.load(at)
    const product = rotated(i32x4.mul(words, i32x4.splat(0xcc9e2d51)), 15)
    const block = i32x4.mul(product, i32x4.splat(0x1b873593))
    // The neighbours' words and the constant do not wait for the state.
    const swapped = v128.shuffle<i32>(words, words, 1, 0, 3, 2)
    const addend = i32x4.add(swapped, i32x4.splat(0xe6546b64))
    state = rotated(v128.xor(state, block), 13)
    state = i32x4.add(i32x4.add(state, i32x4.shl(state, 2)), addend)
    at += 16
  } while (at < end)
  return state
}

// @ts-ignore: decorator
@inline
function merged(state: v128, a: u32, b: u32, c: u32, d: u32): u32 {
  return (
    rotl<u32>(i32x4.extract_lane(state, 0), a) +
    rotl<u32>(i32x4.extract_lane(state, 1), b) +
    rotl<u32>(i32x4.extract_lane(state, 2), c) +
    rotl<u32>(i32x4.extract_lane(state, 3), d)
  )
}

// Both lanes of a text key: lane 0 in the low half, lane 1 in the high half. Only whole stripes and words are loaded.
export function keyLanes(bytes: usize, length: u32): u64 {
  return lanesOf(bytes, length)
}

// Within a loop over texts a call for each would be a sixth of the work.
// @ts-ignore: decorator
@inline
function lanesOf(bytes: usize, length: u32): u64 {
  let h0 = SEED0
  let h1 = SEED1
  let at = bytes
  if (length >= 16) {
    at += length & ~15
    const state = accumulated(bytes, at)
    h0 = merged(state, 1, 7, 12, 18)
    h1 = merged(state, 12, 1, 18, 7)
  }
  const end = bytes + (length & ~3)
  for (; at < end; at += 4) {
    const block = scrambled(load<u32>(at))
    h0 = mixed(h0, block)
    h1 = mixed(h1, block)
  }
  const left = length & 3
  if (left != 0) {
    let tail: u32 = load<u8>(end)
    if (left > 1) tail |= (<u32>load<u8>(end, 1)) << 8
    if (left > 2) tail |= (<u32>load<u8>(end, 2)) << 16
    tail = scrambled(tail)
    h0 ^= tail
    h1 ^= tail
  }
  return <u64>fmix32(h0 ^ length) | (<u64>fmix32(h1 ^ length) << 32)
}

// @ts-ignore: decorator
@inline
export function integerLane(key: u32, value: i64): u32 {
  const inner = fmix32(key + <u32>value * 0x9e3779b1)
  return fmix32(inner + <u32>(value >>> 32) * 0x85ebca77 + 2)
}

// @ts-ignore: decorator
@inline
export function goneLane(key: u32): u32 {
  return fmix32(fmix32(key + fmix32(GONE0) * 0x9e3779b1) + fmix32(GONE1) * 0x85ebca77)
}

export function digestText(slices: usize, count: u32, sums: usize): void {
  let sum0: u32 = 0
  let sum1: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const lanes = lanesOf(load<u32>(slices), load<u32>(slices, 4))
    sum0 += integerLane(<u32>lanes, 1)
    sum1 += integerLane(<u32>(lanes >> 32), 1)
    slices += 8
  }
  store<u32>(sums, sum0)
  store<u32>(sums, sum1, 4)
}
