//! One trial as the adapter writes it, and its schedule: that of `engines/core/input/looping-log.ts`.
//!
//! Little endian: the seven numbers of `Trial` as u64, `records + 1` offsets as u32, the pool's bytes.

const NANOS_PER_SECOND: u128 = 1_000_000_000;

pub struct Trial {
    pub workers: u64,
    pub partitions: u64,
    /// Records per second over all partitions.
    pub rate: u64,
    /// Instants and lengths in ns; instants since the start.
    pub duration: u64,
    pub tick: u64,
    pub deadline: u64,
    records: u64,
    offsets: Vec<u32>,
    pool: Vec<u8>,
}

impl Trial {
    pub fn read(bytes: &[u8]) -> Self {
        let (header, rest) = bytes.split_at(7 * 8);
        let (numbers, _) = header.as_chunks::<8>();
        let number = |at: usize| u64::from_le_bytes(numbers[at]);
        let records = number(6);
        let (offsets, pool) = rest.split_at((records as usize + 1) * 4);
        Self {
            workers: number(0),
            partitions: number(1),
            rate: number(2),
            duration: number(3),
            tick: number(4),
            deadline: number(5),
            records,
            offsets: offsets.as_chunks::<4>().0.iter().map(|&o| u32::from_le_bytes(o)).collect(),
            pool: pool.to_vec(),
        }
    }

    /// `ceil(instant · rate / 10^9)`: how many records of a partition are due before an instant.
    pub fn due_before(&self, partition: u64, instant: u64) -> u64 {
        let rate = self.rate / self.partitions + u64::from(partition < self.rate % self.partitions);
        let product = u128::from(instant.min(self.duration)) * u128::from(rate);
        product.div_ceil(NANOS_PER_SECOND) as u64
    }

    /// The words of record i of a partition: split at ASCII whitespace, never empty.
    pub fn words(&self, partition: u64, index: u64) -> impl Iterator<Item = &[u8]> {
        let record = (partition * self.records / self.partitions + index) % self.records;
        let at = |record: u64| self.offsets[record as usize] as usize;
        // Rust's own ASCII whitespace leaves out the vertical tab.
        self.pool[at(record)..at(record + 1) - 1]
            .split(|byte| matches!(byte, 0x09..=0x0d | 0x20))
            .filter(|word| !word.is_empty())
    }
}
