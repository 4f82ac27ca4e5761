//! A running word count on Timely Dataflow, as one trial of Streamgauge: an open loop from due instants, one commit for
//! each partition and tick when the frontier has passed the tick.
//!
//! A tick's end is its timestamp. Each worker combines the words of its input partitions for a tick, then exchanges one
//! row for each word: partition = lane 0 mod partitions, worker = partition mod workers. Commits are kept in memory and
//! printed when all are there, or at the deadline, so that nothing but the workers runs meanwhile.
//!
//! Deliberately absent: other plans, faults, recovery, more than one process.
mod digest;
mod trial;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Read, Write};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Operator;
use timely::dataflow::{InputHandleVec, StreamVec};
use timely::worker::Worker;

use digest::{Digest, text_key};
use trial::Trial;

/// How long a worker waits at most before it looks for records that became due.
const READ_EVERY: u64 = 1_000_000;

/// A word, the lanes of its key, and how often a worker saw it in a tick.
type Row = (Vec<u8>, [u32; 2], u64);

struct Commit {
    partition: u64,
    tick: u64,
    digest: Digest,
    visible: u64,
}

/// What the workers share.
struct Run {
    trial: Trial,
    ready: Barrier,
    start: OnceLock<Instant>,
    commits: Mutex<Vec<Commit>>,
    commits_expected: usize,
    complete: Condvar,
    rows: AtomicU64,
    rows_remote: AtomicU64,
}

impl Run {
    fn new(trial: Trial) -> Self {
        Self {
            ready: Barrier::new(trial.workers as usize + 1),
            start: OnceLock::new(),
            commits: Mutex::default(),
            commits_expected: (trial.duration / trial.tick * trial.partitions) as usize,
            complete: Condvar::new(),
            rows: AtomicU64::new(0),
            rows_remote: AtomicU64::new(0),
            trial,
        }
    }

    /// Waits until every worker has its dataflow; then the clock starts.
    fn begin(&self) {
        self.ready.wait();
        self.start.get_or_init(Instant::now);
    }

    fn now(&self) -> u64 {
        self.start.get().expect("the run has begun").elapsed().as_nanos() as u64
    }

    fn commit(&self, partition: u64, tick: u64, digest: Digest) {
        let mut commits = self.commits.lock().expect("no worker has failed");
        let at = commits.len();
        commits.push(Commit { partition, tick, digest, visible: 0 });
        // Read just after the publication, and inside the lock, so that commits are in order of these instants.
        commits[at].visible = self.now();
        if commits.len() == self.commits_expected {
            self.complete.notify_all();
        }
    }

    fn print_when_over(&self) -> std::io::Result<()> {
        let left = Duration::from_nanos(self.trial.deadline.saturating_sub(self.now()));
        let commits = self.commits.lock().expect("no worker has failed");
        let is_open = |commits: &mut Vec<Commit>| commits.len() < self.commits_expected;
        let (commits, _) = self.complete.wait_timeout_while(commits, left, is_open).unwrap();
        let mut out = BufWriter::new(std::io::stdout());
        // This thread may wake late: what became visible meanwhile came after the deadline all the same.
        for commit in commits.iter().take_while(|commit| commit.visible <= self.trial.deadline) {
            let Commit { partition, tick, digest, visible } = commit;
            let Digest { rows, lanes: [lane0, lane1] } = digest;
            writeln!(out, "commit 0 {partition} {tick} {rows} {lane0} {lane1} {visible}")?;
        }
        writeln!(out, "dataRows {}", self.rows.load(Relaxed))?;
        writeln!(out, "dataRowsRemote {}", self.rows_remote.load(Relaxed))?;
        if let Some(bytes) = memory_bytes_max() {
            writeln!(out, "memoryBytesMax {bytes}")?;
        }
        out.flush()
    }
}

/// Peak resident memory, where the system tells it.
fn memory_bytes_max() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// The partitions of a worker, of input and of keys alike.
#[derive(Clone, Copy)]
struct Share {
    index: u64,
    workers: u64,
    partitions: u64,
}

impl Share {
    fn own(self) -> impl Iterator<Item = u64> {
        (self.index..self.partitions).step_by(self.workers as usize)
    }

    fn partition_of(self, lanes: [u32; 2]) -> u64 {
        u64::from(lanes[0]) % self.partitions
    }

    fn worker_of(self, lanes: [u32; 2]) -> u64 {
        self.partition_of(lanes) % self.workers
    }
}

fn work(run: &'static Run, worker: &mut Worker) {
    let (index, workers) = (worker.index() as u64, worker.peers() as u64);
    let share = Share { index, workers, partitions: run.trial.partitions };
    let mut input = InputHandleVec::new();
    worker.dataflow(|scope| count(run, share, input.to_stream(scope)));
    run.begin();
    feed(run, share, worker, input);
}

/// Keeps the totals of a worker's partitions and commits every tick that the frontier has passed, empty ones too.
fn count(run: &'static Run, share: Share, rows: StreamVec<u64, Row>) {
    let exchange = Exchange::new(move |(_, lanes, _): &Row| share.worker_of(*lanes));
    let mut totals = HashMap::<Vec<u8>, u64>::new();
    let mut changes = BTreeMap::<u64, HashMap<Vec<u8>, ([u32; 2], u64)>>::new();
    let mut next = run.trial.tick;
    rows.sink(exchange, "count", move |(input, frontier)| {
        input.for_each(|capability, rows| {
            let tick = *capability.least().expect("rows have a tick");
            let changed = changes.entry(tick).or_default();
            for (word, lanes, seen) in rows.drain(..) {
                changed.entry(word).or_insert((lanes, 0)).1 += seen;
            }
        });
        while next <= run.trial.duration && !frontier.less_equal(&next) {
            let mut digests = vec![Digest::default(); share.partitions as usize];
            for (word, (lanes, seen)) in changes.remove(&next).unwrap_or_default() {
                let total = totals.entry(word).or_insert(0);
                *total += seen;
                digests[share.partition_of(lanes) as usize].add(lanes, *total as i64);
            }
            for partition in share.own() {
                run.commit(partition, next, digests[partition as usize]);
            }
            next += run.trial.tick;
        }
    });
}

/// Reads records when they are due, never before, and sends what a tick has once it is over.
fn feed(run: &'static Run, share: Share, worker: &mut Worker, mut input: InputHandleVec<u64, Row>) {
    let Trial { tick, duration, .. } = run.trial;
    let mut read: Vec<(u64, u64)> = share.own().map(|partition| (partition, 0)).collect();
    let mut combined = HashMap::<&[u8], u64>::new();
    let mut end = tick;
    input.advance_to(end);
    while end <= duration {
        let now = run.now();
        for (partition, from) in &mut read {
            let due = run.trial.due_before(*partition, now.min(end));
            for word in (*from..due).flat_map(|record| run.trial.words(*partition, record)) {
                *combined.entry(word).or_insert(0) += 1;
            }
            *from = due;
        }
        if now < end {
            worker.step_or_park(Some(Duration::from_nanos(READ_EVERY.min(end - now))));
            continue;
        }
        run.rows.fetch_add(combined.len() as u64, Relaxed);
        for (word, seen) in combined.drain() {
            let lanes = text_key(word);
            run.rows_remote.fetch_add(u64::from(share.worker_of(lanes) != share.index), Relaxed);
            input.send((word.to_vec(), lanes, seen));
        }
        end += tick;
        input.advance_to(end);
        worker.step();
    }
}

fn main() {
    // A worker that fails ends the process: the others would wait for its progress until the deadline.
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        exit(101);
    }));
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).expect("a trial on standard input");
    let run: &'static Run = Box::leak(Box::new(Run::new(Trial::read(&bytes))));
    drop(bytes);
    let config = timely::Config::process(run.trial.workers as usize);
    let _guards = timely::execute(config, move |worker| work(run, worker)).expect("workers");
    run.begin();
    run.print_when_over().expect("standard output takes the commits");
    // At the deadline workers still run; dropping their guards would wait for them.
    exit(0);
}
