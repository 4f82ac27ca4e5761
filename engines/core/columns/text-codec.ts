/**
 * The bytes of a text, and the text of bytes.
 *
 * Text is UTF-8. Bytes that are not UTF-8 survive the way through a string: each becomes a lone surrogate U+DC80..U+DCFF
 * (the "surrogateescape" of PEP 383) and turns back into its byte when encoded. Any other lone surrogate, half a character that
 * JSON or a cut made, is the three bytes that UTF-8 would give it (as in WTF-8), and those bytes are it. Nothing is dropped or
 * replaced: texts are equal if their bytes are.
 */

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes of a text, escaped bytes restored. */
export function encodeText(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text)
  const parts: number[] = []
  for (const character of text) {
    const unit = character.charCodeAt(0)
    if (character.isWellFormed()) parts.push(...encoder.encode(character))
    else if (isEscape(unit)) parts.push(unit - 0xdc00)
    else parts.push(0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Uint8Array.from(parts)
}

const isEscape = (unit: number): boolean => unit >= 0xdc80 && unit <= 0xdcff
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000

/** Text of bytes, with what is not UTF-8 escaped. Copies first: a decoder refuses views of a shared memory. */
export function decodeText(bytes: Uint8Array): string {
  let ascii = true
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! >= 0x80) {
      ascii = false
      break
    }
  }
  if (ascii) return latin1(bytes)
  const own = Buffer.from(bytes)
  try {
    return strictDecoder.decode(own)
  } catch {
    return decodeEscaping(own)
  }
}

/** A view of the memory that was decoded from last: most of it is in one, and a view of one's own costs more than a text. */
let viewed: Buffer = Buffer.alloc(0)

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  if (viewed.buffer !== buffer) viewed = Buffer.from(buffer)
  return viewed.toString('latin1', byteOffset, byteOffset + length)
}

function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const part = characterAt(bytes, at) ?? surrogateAt(bytes, at)
    parts.push(part?.text ?? escaped(bytes, at, at + 1))
    at += part?.length ?? 1
  }
  // From the end: two halves that were encoded apart must not become one character, which has other bytes.
  for (let index = parts.length - 2; index >= 0; index--) {
    const part = parts[index]!
    const isHalf = part.length === 1 && isHigh(part.charCodeAt(0))
    if (isHalf && isLow(parts[index + 1]!.charCodeAt(0))) {
      parts[index] = escaped(encodeText(part), 0, 3)
    }
  }
  return parts.join('')
}

interface Part {
  readonly text: string
  /** In bytes. */
  readonly length: number
}

/** A character of UTF-8. */
function characterAt(bytes: Uint8Array, at: number): Part | undefined {
  const lead = bytes[at]!
  if (lead < 0x80) return { text: String.fromCharCode(lead), length: 1 }
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return undefined
  try {
    return { text: strictDecoder.decode(bytes.subarray(at, at + length)), length }
  } catch {
    return undefined
  }
}

/** Half a character, unless it would be taken for an escaped byte. */
function surrogateAt(bytes: Uint8Array, at: number): Part | undefined {
  const [lead, second = 0, third = 0] = bytes.subarray(at, at + 3)
  if (lead !== 0xed || second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) return
  const unit = 0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)
  return isEscape(unit) ? undefined : { text: String.fromCharCode(unit), length: 3 }
}

function escaped(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...Array.from(bytes.subarray(from, to), (byte) => 0xdc00 + byte))
}
