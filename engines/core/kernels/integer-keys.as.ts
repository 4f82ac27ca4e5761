// Where integer keys belong among slots: integer-layout.ts says how, and why.
const FACTOR: u32 = 0x9e3779b1

// @ts-ignore: decorator
@inline
export function slotOfKey(key: u32, bits: u32, mask: u32): u32 {
  return (key ^ ((key >> bits) * FACTOR)) & mask
}

// @ts-ignore: decorator
@inline
export function stepOfKey(key: u32): u32 {
  return ((key * FACTOR) >> 16) | 1
}
