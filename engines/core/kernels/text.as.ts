// Kernels on slices of text. Loads of 16 bytes may reach past a slice, never past the memory: near its end bytes are
// taken one by one.

// @ts-ignore: decorator
@inline
function memoryEnd(): usize {
  // 65536 pages wrap to 0, and `0 - n` wraps to the right bound again.
  return <usize>memory.size() << 16
}

export function poolSlices(bytes: usize, offsets: usize, first: u32, count: u32, out: usize): void {
  let at = offsets + (<usize>first << 2)
  let start = load<u32>(at)
  for (let i: u32 = 0; i < count; i++) {
    at += 4
    const next = load<u32>(at)
    store<u32>(out, bytes + start)
    store<u32>(out, next - start - 1, 4)
    start = next
    out += 8
  }
}

// Vectors of one byte. `zero` is 0, which the compiler must not know: V8 would build a constant anew at each use.
// @ts-ignore: decorator
@inline
function bytesOf(byte: u32, zero: u32): v128 {
  return i8x16.splat(<i8>(byte + zero))
}

// Which of 16 bytes are blank; `v - 9 < 5` unsigned is shifted into the signed comparison that processors have.
// @ts-ignore: decorator
@inline
function blanks(at: usize, space: v128, shift: v128, bound: v128): u64 {
  const v = v128.load(at)
  return <u64><u32>i8x16.bitmask(
    v128.or(i8x16.eq(v, space), i8x16.lt_s(i8x16.add(v, shift), bound)),
  )
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == 0x20 || byte - 9 < 5
}

// Slices that are read as one text at most: a cursor in it is found again by reading them.
const RUN_MAX: usize = 32

function blanksByByte(at: usize, n: u32): u64 {
  let mask: u64 = 0
  for (let i: u32 = 0; i < n; i++) {
    const byte: u32 = load<u8>(at + i)
    if (isBlank(byte)) mask |= <u64>1 << i
  }
  return mask
}

// Six words of a block of 64 bytes are stored at once, whether it ends so many or not: how many it does is what a processor
// cannot predict, and what is too many is overwritten.
export function words(slices: usize, count: u32, out: usize, outMax: u32, cursor: usize): u32 {
  const from = out
  // A block finishes at most 33 words, and 5 places after them are overwritten.
  const room = out + (<usize>outMax << 3) - (33 + 6) * 8
  const last64 = memoryEnd() - 64
  const zero = <u32>cursor & 3
  const space = bytesOf(0x20, zero)
  const shift = bytesOf(128 - 9, zero)
  const bound = bytesOf(128 + 5, zero)
  let index = load<u32>(cursor)
  let offset = load<u32>(cursor, 4)
  const end = slices + (<usize>count << 3)
  while (index < count) {
    const slice = slices + (<usize>index << 3)
    const pointer: usize = load<u32>(slice)
    let stop = pointer + load<u32>(slice, 4)
    // Records of a pool lie next to each other with a line feed between: what a blank separates is one text here.
    let next = slice + 8
    const nextMax = min<usize>(end, slice + RUN_MAX * 8)
    while (next < nextMax && load<u32>(next) == stop + 1 && isBlank(load<u8>(stop))) {
      stop += load<u32>(next, 4) + 1
      next += 8
    }
    let at = pointer + offset
    let start = at
    let inside: u64 = 0
    offset = 0
    while (at < stop) {
      if (out > room) {
        store<u32>(cursor, index)
        store<u32>(cursor, (inside ? start : at) - pointer, 4)
        return <u32>((out - from) >> 3)
      }
      const n = stop - at
      let text: u64
      if (at <= last64) {
        text = blanks(at, space, shift, bound)
        if (n > 16) text |= blanks(at + 16, space, shift, bound) << 16
        if (n > 32) text |= blanks(at + 32, space, shift, bound) << 32
        if (n > 48) text |= blanks(at + 48, space, shift, bound) << 48
      } else {
        text = blanksByByte(at, <u32>min<usize>(n, 64))
      }
      if (n < 64) text |= <u64>-1 << n
      text = ~text
      const shifted = (text << 1) | inside
      let begins = text & ~shifted
      let ends = shifted & ~text
      const outNext = out + (<usize>popcnt(ends) << 3)
      const last = begins ? at + 63 - <usize>clz(begins) : start
      // The first word may have begun in a block before: then its begin is no bit of this one.
      let bit = ctz(begins)
      const first = select<usize>(start, at + <usize>bit, inside != 0)
      begins &= (begins - 1) | (0 - inside)
      store<u32>(out, first)
      store<u32>(out, at + <usize>ctz(ends) - first, 4)
      ends &= ends - 1
      bit = ctz(begins)
      begins &= begins - 1
      store<u32>(out, at + <usize>bit, 8)
      store<u32>(out, <u32>(ctz(ends) - bit), 12)
      ends &= ends - 1
      bit = ctz(begins)
      begins &= begins - 1
      store<u32>(out, at + <usize>bit, 16)
      store<u32>(out, <u32>(ctz(ends) - bit), 20)
      ends &= ends - 1
      bit = ctz(begins)
      begins &= begins - 1
      store<u32>(out, at + <usize>bit, 24)
      store<u32>(out, <u32>(ctz(ends) - bit), 28)
      ends &= ends - 1
      bit = ctz(begins)
      begins &= begins - 1
      store<u32>(out, at + <usize>bit, 32)
      store<u32>(out, <u32>(ctz(ends) - bit), 36)
      ends &= ends - 1
      bit = ctz(begins)
      begins &= begins - 1
      store<u32>(out, at + <usize>bit, 40)
      store<u32>(out, <u32>(ctz(ends) - bit), 44)
      ends &= ends - 1
      while (ends) {
        out += 48
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 0)
        store<u32>(out, <u32>(ctz(ends) - bit), 4)
        ends &= ends - 1
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 8)
        store<u32>(out, <u32>(ctz(ends) - bit), 12)
        ends &= ends - 1
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 16)
        store<u32>(out, <u32>(ctz(ends) - bit), 20)
        ends &= ends - 1
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 24)
        store<u32>(out, <u32>(ctz(ends) - bit), 28)
        ends &= ends - 1
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 32)
        store<u32>(out, <u32>(ctz(ends) - bit), 36)
        ends &= ends - 1
        bit = ctz(begins)
        begins &= begins - 1
        store<u32>(out, at + <usize>bit, 40)
        store<u32>(out, <u32>(ctz(ends) - bit), 44)
        ends &= ends - 1
      }
      out = outNext
      start = last
      inside = text >> 63
      at += 64
    }
    if (inside) {
      store<u32>(out, start)
      store<u32>(out, stop - start, 4)
      out += 8
    }
    index = <u32>((next - slices) >> 3)
  }
  store<u32>(cursor, count)
  store<u32>(cursor, 0, 4)
  return <u32>((out - from) >> 3)
}

function sameBytes(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false
  return true
}

// Texts that begin so few bytes after the end of the one before are searched as one: records of a pool, words of a line.
const SEARCH_GAP_MAX: usize = 16

export function contains(slices: usize, count: u32, needle: usize, length: u32, out: usize): u32 {
  const from = out
  const end = slices + (<usize>count << 3)
  if (length == 0) {
    copyBytes(out, slices, count << 3)
    return count
  }
  const reach: usize = length - 1
  const first = i8x16.splat(load<u8>(needle))
  const last = i8x16.splat(load<u8>(needle + reach))
  const bound = memoryEnd() - 64
  while (slices < end) {
    let at: usize = load<u32>(slices)
    let stop = at + <usize>load<u32>(slices, 4)
    let next = slices + 8
    for (; next < end; next += 8) {
      const pointer: usize = load<u32>(next)
      if (pointer - stop > SEARCH_GAP_MAX) break
      stop = pointer + <usize>load<u32>(next, 4)
    }
    if (stop > bound) {
      // Near the memory's end, one text after the other.
      for (; slices < next; slices += 8) {
        const slice = load<u64>(slices)
        if (!containsByByte(<u32>slice, <u32>(slice >> 32), needle, length)) continue
        store<u64>(out, slice)
        out += 8
      }
      continue
    }
    // What begins in a text and does not end in it is no match, so gaps need no care.
    for (stop = stop - at > reach ? stop - reach : at; at < stop; at += 64) {
      const a = v128.and(i8x16.eq(v128.load(at), first), i8x16.eq(v128.load(at + reach), last))
      const b = v128.and(
        i8x16.eq(v128.load(at, 16), first),
        i8x16.eq(v128.load(at + reach, 16), last),
      )
      const c = v128.and(
        i8x16.eq(v128.load(at, 32), first),
        i8x16.eq(v128.load(at + reach, 32), last),
      )
      const d = v128.and(
        i8x16.eq(v128.load(at, 48), first),
        i8x16.eq(v128.load(at + reach, 48), last),
      )
      // Where no position has both the first and the last byte, there is nothing to compare.
      if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue
      let mask = <u64><u32>i8x16.bitmask(a)
      mask |= <u64><u32>i8x16.bitmask(b) << 16
      mask |= <u64><u32>i8x16.bitmask(c) << 32
      mask |= <u64><u32>i8x16.bitmask(d) << 48
      if (stop - at < 64) mask &= (<u64>1 << <u64>(stop - at)) - 1
      for (; mask; mask &= mask - 1) {
        const found = at + <usize>ctz(mask)
        if (!sameBytes(found, needle, length)) continue
        // Slices before the one that ends beyond this place hold nothing; one that was put out is done.
        while (slices < next && <usize>load<u32>(slices) + <usize>load<u32>(slices, 4) <= found) slices += 8
        if (slices == next) break
        const slice = load<u64>(slices)
        const pointer = <usize>slice
        if (found < pointer || found + length > pointer + <usize>(slice >> 32)) continue
        store<u64>(out, slice)
        out += 8
        slices += 8
      }
    }
    slices = next
  }
  return <u32>((out - from) >> 3)
}

function containsByByte(pointer: usize, size: usize, needle: usize, length: usize): bool {
  for (let at: usize = 0; at + length <= size; at++) {
    if (sameBytes(pointer + at, needle, length)) return true
  }
  return false
}

export function longerThan(slices: usize, count: u32, bytes: u32, out: usize): u32 {
  const from = out
  const end = slices + (<usize>count << 3)
  for (; slices < end; slices += 8) {
    const slice = load<u64>(slices)
    store<u64>(out, slice)
    // Without a branch: lengths of words are hard to predict.
    out += <usize>(<u32>(slice >> 32) > bytes) << 3
  }
  return <u32>((out - from) >> 3)
}

export function prefix(slices: usize, count: u32, bytes: u32, out: usize): void {
  const end = slices + (<usize>count << 3)
  for (; slices < end; slices += 8) {
    const length = load<u32>(slices, 4)
    store<u32>(out, load<u32>(slices))
    store<u32>(out, length < bytes ? length : bytes, 4)
    out += 8
  }
}

export function lowerCase(
  slices: usize,
  count: u32,
  out: usize,
  bytes: usize,
  bytesMax: u32,
): u32 {
  const end = bytes + bytesMax
  const bound = memoryEnd() - 16
  for (let i: u32 = 0; i < count; i++) {
    const pointer: usize = load<u32>(slices)
    const length: usize = load<u32>(slices, 4)
    if (length + 16 > end - bytes) return i
    if (pointer + length <= bound) {
      for (let at: usize = 0; at < length; at += 16) {
        const v = v128.load(pointer + at)
        const upper = i8x16.lt_s(i8x16.sub(v, i8x16.splat(<i8>(0x41 - 128))), i8x16.splat(<i8>(26 - 128)))
        v128.store(bytes + at, v128.or(v, v128.and(upper, i8x16.splat(0x20))))
      }
    } else {
      for (let at: usize = 0; at < length; at++) {
        const byte: u32 = load<u8>(pointer + at)
        store<u8>(bytes + at, byte - 0x41 < 26 ? byte | 0x20 : byte)
      }
    }
    store<u32>(out, bytes)
    store<u32>(out, length, 4)
    bytes += length
    slices += 8
    out += 8
  }
  return count
}

// The host's own copy of a memory: faster than any loop of vectors, and than what hosts offer for shared typed arrays.
export function copyBytes(target: usize, source: usize, length: u32): void {
  memory.copy(target, source, length)
}
