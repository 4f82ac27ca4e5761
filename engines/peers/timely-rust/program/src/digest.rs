//! The digest of a tick, as published in `engines/core/output/digest.ts`, and its test vectors.

const KEY_SEEDS: [u32; 2] = [0x5347_0001, 0x5347_0101];
const MERGE_ROTATIONS: [[u32; 4]; 2] = [[1, 7, 12, 18], [12, 1, 18, 7]];
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
    hash(text, KEY_SEEDS.map(|seed| seed ^ TAG_TEXT))
}

fn fmix32(hash: u32) -> u32 {
    let h = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

fn scramble(word: u32) -> u32 {
    word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn mix(state: u32, word: u32) -> u32 {
    (state ^ scramble(word)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

/// MurmurHash3 x86 32-bit, of the last bytes of so many and from a state on.
fn murmur3(state: u32, bytes: &[u8], length: usize) -> u32 {
    let (blocks, tail) = bytes.as_chunks::<4>();
    let h = blocks.iter().fold(state, |h, block| mix(h, u32::from_le_bytes(*block)));
    let tail = tail.iter().rev().fold(0, |k, &byte| (k << 8) | u32::from(byte));
    fmix32(h ^ scramble(tail) ^ length as u32)
}

/// The lanes of a body: stripes of 16 bytes in four accumulators, the rest as murmur3.
fn hash(body: &[u8], seeds: [u32; 2]) -> [u32; 2] {
    let (stripes, rest) = body.as_chunks::<16>();
    if stripes.is_empty() {
        return seeds.map(|seed| murmur3(seed, body, body.len()));
    }
    let mut state = [seeds[0], seeds[1], seeds[0] ^ 0x9e37_79b1, seeds[1] ^ 0x85eb_ca77];
    for stripe in stripes {
        let (words, _) = stripe.as_chunks::<4>();
        for i in 0..4 {
            let neighbour = u32::from_le_bytes(words[i ^ 1]);
            state[i] = mix(state[i], u32::from_le_bytes(words[i])).wrapping_add(neighbour);
        }
    }
    MERGE_ROTATIONS.map(|by| {
        let merged = (0..4).fold(0u32, |sum, i| sum.wrapping_add(state[i].rotate_left(by[i])));
        murmur3(merged, rest, body.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_is_the_standard_function() {
        let vectors: [(&[u8], u32, u32); 7] = [
            (b"", 0, 0),
            (b"", 1, 0x514e_28b7),
            (b"", 0xffff_ffff, 0x81f1_6f39),
            (b"aaaa", 0x9747_b28c, 0x5a97_808a),
            (b"aaa", 0x9747_b28c, 0x283e_0130),
            (b"Hello, world!", 0x9747_b28c, 0x2488_4cba),
            (b"The quick brown fox jumps over the lazy dog", 0x9747_b28c, 0x2fa8_26cd),
        ];
        for (text, seed, hash) in vectors {
            assert_eq!(murmur3(seed, text, text.len()), hash);
        }
    }

    fn check(key: [u32; 2], digest: Digest, lanes: [u32; 2], partition: u32) {
        assert_eq!((digest.rows, digest.lanes, key[0] % 8), (1, lanes, partition));
    }

    /// The lines of `VECTORS` in `digest.test.ts`, in its order.
    #[test]
    fn published_vectors_of_integer_values() {
        let vectors: [(&[u8], i64, [u32; 2], u32); 6] = [
            (b"the", 1, [0x8c5a_6330, 0xa6a9_fe3b], 5),
            (b"", 0, [0x12ed_e01f, 0xf8c6_9090], 2),
            ("Straße".as_bytes(), -7, [0xede0_e655, 0x341b_b132], 0),
            (b"a word of more than sixteen bytes", 1 << 40, [0x0ee0_c5d2, 0xcb18_2d58], 6),
            (b"\xff", 3, [0xdcdd_faf1, 0x99ba_14a6], 2),
            (
                b"a sentence as long as three stripes of text and a rest of it",
                1,
                [0x0c87_3aae, 0xcd79_7f35],
                6,
            ),
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
        let vectors: [((u32, &[u8]), (u32, &[u8]), [u32; 2], u32); 4] = [
            ((1, b"the"), (0, b""), [0x295b_2b6c, 0xf0d1_e671], 5),
            ((2, &integer), (1, b"as a value: eighteen"), [0xad1c_98a0, 0x4ecb_79ce], 1),
            ((2, &integer), (3, &number), [0xf15c_6015, 0x382a_a215], 1),
            ((7, &array), (8, &object), [0xb8e6_1868, 0xe3af_037c], 4),
        ];
        for ((key_tag, key_body), (tag, body), lanes, partition) in vectors {
            let key = hash(key_body, KEY_SEEDS.map(|seed| seed ^ key_tag));
            let words = hash(body, [0x5347_0201, 0x5347_0301].map(|seed: u32| seed ^ tag));
            let mut digest = Digest::default();
            digest.add_words(key, words, tag);
            check(key, digest, lanes, partition);
        }
    }
}
