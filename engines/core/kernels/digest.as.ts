// The public hash of output/digest.ts: murmur3 x86 32 in two lanes, and the row lanes made from it.

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
function scramble(block: u32): u32 {
  return rotl<u32>(block * 0xcc9e2d51, 15) * 0x1b873593
}

// Both lanes of a text key: lane 0 in the low half, lane 1 in the high half. The blocks' part is shared by the lanes.
export function keyLanes(bytes: usize, length: u32): u64 {
  let h0 = SEED0
  let h1 = SEED1
  const end = bytes + (length & ~3)
  for (let at = bytes; at < end; at += 4) {
    const k = scramble(load<u32>(at))
    h0 = rotl<u32>(h0 ^ k, 13) * 5 + 0xe6546b64
    h1 = rotl<u32>(h1 ^ k, 13) * 5 + 0xe6546b64
  }
  const left = length & 3
  if (left != 0) {
    let tail: u32 = load<u8>(end)
    if (left > 1) tail |= (<u32>load<u8>(end, 1)) << 8
    if (left > 2) tail |= (<u32>load<u8>(end, 2)) << 16
    tail = scramble(tail)
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
    const lanes = keyLanes(load<u32>(slices), load<u32>(slices, 4))
    sum0 += integerLane(<u32>lanes, 1)
    sum1 += integerLane(<u32>(lanes >> 32), 1)
    slices += 8
  }
  store<u32>(sums, sum0)
  store<u32>(sums, sum1, 4)
}
