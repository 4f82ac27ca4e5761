//! The digest of a tick, as published in `engines/core/output/digest.ts`, and its test vectors.

const KEY_SEEDS: [u32; 2] = [0x5347_0001, 0x5347_0101];
const TAG_TEXT: u32 = 1;
const TAG_INTEGER: u32 = 2;

/// The sum of a tick's rows in one partition.
#[derive(Clone, Copy, Default)]
pub struct Digest {
    pub rows: u64,
    pub lanes: [u32; 2],
}

impl Digest {
    /// Adds a row whose value is an integer, given the lanes of its key.
    pub fn add(&mut self, key: [u32; 2], value: i64) {
        self.add_words(key, [value as u32, (value >> 32) as u32], TAG_INTEGER);
    }

    fn add_words(&mut self, key: [u32; 2], words: [u32; 2], tag: u32) {
        self.rows += 1;
        for (lane, key) in self.lanes.iter_mut().zip(key) {
            let inner = fmix32(key.wrapping_add(words[0].wrapping_mul(0x9e37_79b1)));
            let second = words[1].wrapping_mul(0x85eb_ca77).wrapping_add(tag);
            *lane = lane.wrapping_add(fmix32(inner.wrapping_add(second)));
        }
    }
}

/// The lanes of a key that is text; its partition is lane 0 modulo the number of partitions.
pub fn text_key(text: &[u8]) -> [u32; 2] {
    KEY_SEEDS.map(|seed| murmur3(text, seed ^ TAG_TEXT))
}

fn fmix32(hash: u32) -> u32 {
    let h = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// MurmurHash3 x86 32-bit.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mix = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut h = seed;
    for block in blocks {
        h ^= mix(u32::from_le_bytes(*block));
        h = h.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    h ^= mix(tail.iter().rev().fold(0, |k, &byte| (k << 8) | u32::from(byte)));
    fmix32(h ^ bytes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_is_the_standard_function() {
        assert_eq!(murmur3(b"", 0), 0);
        assert_eq!(murmur3(b"", 1), 0x514e_28b7);
        assert_eq!(murmur3(b"", 0xffff_ffff), 0x81f1_6f39);
        assert_eq!(murmur3(b"aaaa", 0x9747_b28c), 0x5a97_808a);
        assert_eq!(murmur3(b"aaa", 0x9747_b28c), 0x283e_0130);
        assert_eq!(murmur3(b"Hello, world!", 0x9747_b28c), 0x2488_4cba);
        let fox = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(murmur3(fox, 0x9747_b28c), 0x2fa8_26cd);
    }

    fn check(key: [u32; 2], digest: Digest, lanes: [u32; 2], partition: u32) {
        assert_eq!((digest.rows, digest.lanes, key[0] % 8), (1, lanes, partition));
    }

    /// The lines of `VECTORS` in `digest.test.ts`, in its order.
    #[test]
    fn published_vectors_of_integer_values() {
        let vectors: [(&[u8], i64, [u32; 2], u32); 5] = [
            (b"the", 1, [0x8c5a_6330, 0xa6a9_fe3b], 5),
            (b"", 0, [0x12ed_e01f, 0xf8c6_9090], 2),
            ("Straße".as_bytes(), -7, [0xede0_e655, 0x341b_b132], 0),
            (b"a word of more than sixteen bytes", 1 << 40, [0x9d5a_8a56, 0x8b80_235c], 4),
            (b"\xff", 3, [0xdcdd_faf1, 0x99ba_14a6], 2),
        ];
        for (text, value, lanes, partition) in vectors {
            let mut digest = Digest::default();
            digest.add(text_key(text), value);
            check(text_key(text), digest, lanes, partition);
        }
    }

    /// Keys and values that a word count has not: they hold the rest of the rule.
    #[test]
    fn published_vectors_of_other_values() {
        let item =
            |tag: u8, body: &[u8]| [&[tag][..], &(body.len() as u32).to_le_bytes(), body].concat();
        let array = [item(1, b"a"), item(2, &1i64.to_le_bytes())].concat();
        let object = [item(1, b"b"), item(1, b"c")].concat();
        let integer = 42i64.to_le_bytes();
        let number = 1.5f64.to_le_bytes();
        let vectors: [((u32, &[u8]), (u32, &[u8]), [u32; 2], u32); 3] = [
            ((1, b"the"), (0, b""), [0x295b_2b6c, 0xf0d1_e671], 5),
            ((2, &integer), (3, &number), [0xf15c_6015, 0x382a_a215], 1),
            ((7, &array), (8, &object), [0x4072_b1aa, 0xfb8f_a98a], 5),
        ];
        for ((key_tag, key_body), (tag, body), lanes, partition) in vectors {
            let key = KEY_SEEDS.map(|seed| murmur3(key_body, seed ^ key_tag));
            let words = [0x5347_0201, 0x5347_0301].map(|seed: u32| murmur3(body, seed ^ tag));
            let mut digest = Digest::default();
            digest.add_words(key, words, tag);
            check(key, digest, lanes, partition);
        }
    }
}
