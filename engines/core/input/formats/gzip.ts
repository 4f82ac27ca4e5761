/** Compressed input: known by its first bytes, whatever it is called. */

/** Bytes that are needed to know. */
export const GZIP_MAGIC_BYTES = 2

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}
