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

// V8 makes a vector of constants anew wherever it is used, which was a third of a row's time; what it cannot know it keeps
// in a register. Always 0: exported, so that no compiler may take it for granted.
export let zero: u32 = 0

// @ts-ignore: decorator
@inline
function kept(word: u32): v128 {
  return i32x4.splat(word ^ zero)
}

// The four accumulators of a text key before its first stripe, and after one more.
// @ts-ignore: decorator
@inline
function unstriped(): v128 {
  return i32x4(SEED0, SEED1, SEED0 ^ 0x9e3779b1, SEED1 ^ 0x85ebca77)
}

// @ts-ignore: decorator
@inline
function striped(state: v128, at: usize, first: v128, second: v128, addend: v128): v128 {
  const words = v128.load(at)
  const product = rotated(i32x4.mul(words, first), 15)
  const block = i32x4.mul(product, second)
  // The neighbours' words and the constant do not wait for the state.
  const swapped = v128.shuffle<i32>(words, words, 1, 0, 3, 2)
  const added = i32x4.add(swapped, addend)
  const turned = rotated(v128.xor(state, block), 13)
  return i32x4.add(i32x4.add(turned, i32x4.shl(turned, 2)), added)
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

// Both lanes after the stripes: of `state`, where there was one.
// @ts-ignore: decorator
@inline
function mergedLanes(state: v128, length: u32): u64 {
  if (length < 16) return <u64>SEED0 | (<u64>SEED1 << 32)
  return <u64>merged(state, 1, 7, 12, 18) | (<u64>merged(state, 12, 1, 18, 7) << 32)
}

// Both lanes after the words and bytes behind the last stripe; what is left is to mix each with the length.
// @ts-ignore: decorator
@inline
function tailedLanes(lanes: u64, bytes: usize, length: u32): u64 {
  let h0 = <u32>lanes
  let h1 = <u32>(lanes >> 32)
  const end = bytes + (length & ~3)
  for (let at = bytes + (length & ~15); at < end; at += 4) {
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
  return <u64>h0 | (<u64>h1 << 32)
}

// Both lanes of a text key: lane 0 in the low half, lane 1 in the high half. Only whole stripes and words are loaded.
export function keyLanes(bytes: usize, length: u32): u64 {
  const end = bytes + (length & ~15)
  const first = i32x4.splat(0xcc9e2d51)
  const second = i32x4.splat(0x1b873593)
  const addend = i32x4.splat(0xe6546b64)
  let state = unstriped()
  for (let at = bytes; at < end; at += 16) state = striped(state, at, first, second, addend)
  const lanes = tailedLanes(mergedLanes(state, length), bytes, length)
  return <u64>fmix32(<u32>lanes ^ length) | (<u64>fmix32(<u32>(lanes >> 32) ^ length) << 32)
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

// fmix32 of four at once.
// @ts-ignore: decorator
@inline
function fmix32x4(hashes: v128, mix1: v128, mix2: v128): v128 {
  let h = hashes
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), mix1)
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), mix2)
  return v128.xor(h, i32x4.shr_u(h, 16))
}

// integerLane of four keys with the value 1.
// @ts-ignore: decorator
@inline
function oneLanes(keys: v128, mix1: v128, mix2: v128, one: v128): v128 {
  const inner = fmix32x4(i32x4.add(keys, one), mix1, mix2)
  return fmix32x4(i32x4.add(inner, i32x4.splat(2)), mix1, mix2)
}

// Two rows go side by side, since a row's steps wait for each other; their four lanes are mixed as one vector.
export function digestText(slices: usize, count: u32, sums: usize): void {
  const pairs = slices + ((<usize>count >> 1) << 4)
  const first = kept(0xcc9e2d51)
  const second = kept(0x1b873593)
  const addend = kept(0xe6546b64)
  const mix1 = kept(0x85ebca6b)
  const mix2 = kept(0xc2b2ae35)
  const one = kept(0x9e3779b1)
  const start = unstriped()
  let sum = i32x4(0, 0, 0, 0)
  for (; slices < pairs; slices += 16) {
    const bytesA: usize = load<u32>(slices)
    const lengthA = load<u32>(slices, 4)
    const bytesB: usize = load<u32>(slices, 8)
    const lengthB = load<u32>(slices, 12)
    const stripesA: usize = lengthA & ~15
    const stripesB: usize = lengthB & ~15
    let a = start
    let b = start
    let at: usize = 0
    for (const both = min(stripesA, stripesB); at < both; at += 16) {
      a = striped(a, bytesA + at, first, second, addend)
      b = striped(b, bytesB + at, first, second, addend)
    }
    for (let from = at; from < stripesA; from += 16) a = striped(a, bytesA + from, first, second, addend)
    for (let from = at; from < stripesB; from += 16) b = striped(b, bytesB + from, first, second, addend)
    const lanesA = tailedLanes(mergedLanes(a, lengthA), bytesA, lengthA)
    const lanesB = tailedLanes(mergedLanes(b, lengthB), bytesB, lengthB)
    const lanes = i64x2.replace_lane(i64x2.splat(lanesA), 1, lanesB)
    const lengths = i32x4.splat(lengthA)
    const both = v128.shuffle<i32>(lengths, i32x4.splat(lengthB), 0, 1, 4, 5)
    sum = i32x4.add(sum, oneLanes(fmix32x4(v128.xor(lanes, both), mix1, mix2), mix1, mix2, one))
  }
  let sum0: u32 = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 2)
  let sum1: u32 = i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 3)
  if (count & 1) {
    const lanes = keyLanes(load<u32>(slices), load<u32>(slices, 4))
    sum0 += integerLane(<u32>lanes, 1)
    sum1 += integerLane(<u32>(lanes >> 32), 1)
  }
  store<u32>(sums, sum0)
  store<u32>(sums, sum1, 4)
}
