/** Plans: which lines are refused and with which words, and what a plan is in a run. */
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors.ts'
import { TickLog } from '../input/tick-log.ts'
import { milliseconds, seconds } from '../units.ts'
import type { Fault, FaultPlan } from './fault.ts'
import { readFaultFile } from './fault-file.ts'
import { readFault } from './fault-line.ts'
import type { FaultRun } from './fault-run.ts'
import { FAULT_NAMES, FAULT_WORDS } from './fault-words.ts'
import { resolveFaults } from './resolve.ts'

/** Its clock starts at 2 s, and its input ends 30 s after that. Processes: workers 0 to 3, the driver 4, the client 5. */
const RUN: FaultRun = {
  engine: 'dstream',
  world: 'simulated',
  workers: 4,
  engineProcesses: 5,
  ingest: 'pushed',
  replacement: 'respawn',
  hasCheckpoints: true,
  ticks: new TickLog(milliseconds(100)),
  start: seconds(2),
  end: seconds(32),
  deadline: seconds(62),
  racks: 2,
  seed: 7,
}
const THREADS: Partial<FaultRun> = { world: 'threads' }
const TIMELY: Partial<FaultRun> = { engine: 'timely', engineProcesses: 4, hasCheckpoints: false }

function planned(lines: readonly string[], changes: Partial<FaultRun> = {}): FaultPlan {
  const specs = lines.map((line) => readFault(line))
  return resolveFaults(specs, { ...RUN, ...changes })
}

const instantOf = ({ at }: Fault): number => (typeof at === 'number' ? at : at.from)

function refuses(make: () => unknown, message: RegExp): void {
  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(message)
}

describe('lines that are refused', () => {
  it.each<[string, RegExp]>([
    ['', /^the fault '': no fault\. It is one of kill, pause, .*list faults shows/],
    ['kil worker 1 at 10s', /: “kil”, no fault\. It is one of kill, .*Did you mean kill\.$/],
    ['kill at 10s', /: no process\. It is one of worker, driver, /],
    ['kill wroker 1 at 10s', /“wroker”, no process\. .*Did you mean worker\.$/],
    ['kill worker at 10s', /a worker without a number\. .*Write it like 'worker 1'\.$/],
    ['kill worker one at 10s', /“worker one”\. A worker has a number, from 0/],
    ['kill worker 1 form 10s', /“form” after worker\. .*Did you mean from\.$/],
    ['kill driver 1 at 10s', /“1” after driver\./],
    ['kill worker 1', /nothing that says when\. It begins with at, during, .*every\. Write it/],
    ['pause worker 1', /nothing that says when\. It begins with .*every or from\./],
    ['kill worker 1 at', /nothing after at\. A clause has a value/],
    ['kill worker 1 at 10', /'10'\. a duration is a positive number with a unit/],
    ['kill worker 1 at soon', /“at soon”\. It is an instant since the start, a random instant or/],
    ['kill worker 1 at random instant', /Did you mean a random instant\.$/],
    ['kill worker 1 at 10s ± 5', /'5'\. a duration is/],
    ['kill worker 1 at 10s ± 5ms ± 5ms', /'5ms ± 5ms'\. a duration is/],
    ['kill worker 1 at 10s at 12s', /at twice\. Each clause is given once/],
    ['kill worker 1 at 10s every 2s', /at and every\. A fault begins in one way/],
    ['kill worker 1 at 10s from 2s', /“at 10s” with “from 2s”\. A fault begins once/],
    ['kill worker 1 from 2s', /from, without a moment\. A kill does not last/],
    ['kill worker 1 for 2s at 10s', /“for 2s”\. A kill does not last\. Write it like 'kill/],
    ['kill worker 1 to 25% at 10s', /“to 25%”\. It is said as: kill <who>\./],
    ['kill 5% of worker 1 at 10s', /“5% of”\. It is said as: kill <who>\./],
    ['kill worker 1 during checkpiont', /no moment of “during”\. .*Did you mean checkpoint\.$/],
    ['kill worker 1 before sunrise', /no moment of “before”\. It is one of acknowledgement/],
    ['kill rest at 10s', /“rest”\. The rest is a side of links, alone/],
    ['kill worker 1 | rest at 10s', /“worker 1 \| rest”\. It is said as: kill <who>/],
    ['slow worker 1 from 10s', /no “to”\. It is said as: slow <who or storage> to <share>\./],
    ['slow worker 1 to 0% from 10s', /a share of 0%\. What is left is above 0% and below 100%/],
    ['slow worker 1 to 100% from 10s', /a share of 100%/],
    ['slow worker 1 to half from 10s', /a share of half\. .*Write it like 25%\.$/],
    ['slow worker 1 to 25% from 10s to 5s', /“to 5s”\. It begins before it ends/],
    ['slow worker 1 to 25% for 1s from 10s to 15s', /an end and a length\. .*Drop for\.$/],
    ['slow worker 1 to 25% during recovery from 1s to 2s', /“during recovery” with “to 2s”/],
    ['slow worker 1 to 25% from 10s to 25%', /'25%'\. a duration is/],
    ['contend worker 1 from 10s', /no “with”\./],
    ['contend worker 1 with 0 from 10s', /“with 0”\. It is a number of tasks, from 1 to 1000/],
    ['drop 101% of worker 1 | rest from 1s', /a share of 101%\. A share is above 0%/],
    ['drop worker 1 from 10s', /“worker 1”\. It is said as: drop \[<share> of\] <links>\./],
    ['delay worker 1 | rest from 10s', /no “by”\. .*<links> by <duration>\. Write it like 'delay/],
    ['delay worker 1 | rest by -5ms from 10s', /'-5ms'\. a duration is/],
    ['split rest | rest from 10s', /The rest is whom the other side does not name/],
    ['split worker 1, rest | driver from 10s', /The rest is a side of links, alone/],
    ['split worker 1 | driver | client from 1s', /Links have two ends/],
    ['fill worker 1 from 10s', /“worker 1”\. It is said as: fill <storage>\./],
  ])('%s', (line, message) => refuses(() => readFault(line), message))
})

describe('files that are refused', () => {
  it.each<[string, RegExp]>([
    ['', /^plan\.json: a text that is not JSON \(/],
    ['{}', /^plan\.json: no list\. A fault plan is a list of faults/],
    ['[]', /^plan\.json: no fault\./],
    ['["kill worker 1 at 10s", 7]', /^plan\.json\[1\]: 7\. A fault is a line or an object/],
    ['["kil worker 1 at 10s"]', /^plan\.json\[0\] 'kil worker 1 at 10s': “kil”, no fault/],
    ['[{ "falt": "kill" }]', /^plan\.json\[0\]: “falt”, no part of a fault\..*mean fault\.$/],
    ['[{ "fault": "kill", "at": 10 }]', /^plan\.json\[0\]\.at: 10\. Each part of a fault/],
    ['[{ "fault": "kill", "whom": "worker 1" }]', /^plan\.json\[0\]: nothing that says when/],
    [
      '[{ "fault": "pause", "whom": "worker 1", "every": "5s", "until": "9s" }]',
      /^plan\.json\[0\]: “to 9s” without from\./,
    ],
  ])('%s', (text, message) => refuses(() => readFaultFile(text, 'plan.json'), message))
})

describe('plans that are refused', () => {
  it.each<[readonly string[], Partial<FaultRun>, RegExp]>([
    [['kill worker 4 at 1s'], {}, /no worker 4\. The run has workers 0 to 3\. .*more --workers/],
    [['kill worker 1 at 1s'], { workers: 1 }, /no worker 1\. The run has worker 0\./],
    [['split worker 0 | worker 9 from 1s'], {}, /no worker 9/],
    [['kill receiver 1 at 1s'], { ingest: 'log' }, /no receiver\. .*Add --ingest pushed\.$/],
    [['kill client at 1s'], { ingest: 'log' }, /no client\./],
    [['kill driver at 1s'], TIMELY, /: the timely engine\. .*no driver .*Use --engine dstream/],
    [['kill rack 0 at 1s'], THREADS, /threads of this machine\. A rack is .*Give --world sim/],
    [['kill rack 2 at 1s'], {}, /no rack 2\. The run has racks 0 to 1/],
    [['contend worker 1 with 3 from 1s'], THREADS, /the threads world\. .*Use --world simulated/],
    [['split worker 1 | worker 1 from 1s'], {}, /on both sides of “worker 1 \| worker 1”/],
    [['split rack 0, rack 1, driver, client | rest from 1s'], {}, /nobody on one side/],
    [['kill worker 1 at 30s'], {}, /an instant past the end, 30s\. The input ends 30s after/],
    [['kill worker 1 at 29s ± 1s'], {}, /an instant past the end, 30s/],
    [['slow worker 1 to 25% from 10s to 31s'], {}, /past the end, 31s/],
    [['kill worker 1 at 10ms ± 20ms'], {}, /20ms before 10ms\. Nothing happens before the start/],
    [['kill worker 1 at tick boundary ± 200ms'], {}, /200ms before 100ms/],
    [['kill worker 1 at a random instant from 5s to 31s'], {}, /past the end, 31s/],
    [['pause worker 1 for 1s every 5s from 30s'], {}, /past the end, 30s/],
    [['pause worker 1 for 1s during checkpoint from 40s'], {}, /past the end, 40s/],
    [['kill worker 1 every 2ms'], {}, /more than 1000 of them/],
    [
      ['kill worker 0, worker 1, worker 2, worker 3, driver every 100ms'],
      {},
      /1495 faults so far\. A plan has at most 1000/,
    ],
    [['kill worker 1 during checkpoint'], TIMELY, /no checkpoints\. .*Give --recovery checkpoint/],
    [['kill worker 1 during recovery'], {}, /no other fault\. A recovery follows a fault/],
    [['kill worker 1 before acknowledgement'], { ingest: 'log' }, /no receivers\. .*ingest pushed/],
    [
      ['slow worker 1 to 25% from 1s to 3s', 'slow rack 0 to 50% from 2s'],
      {},
      /^the faults 'slow worker 1 .*' and 'slow rack 0 .*': two at once, 2s after the start\./,
    ],
    [['pause worker 1 for 3s every 2s'], {}, /^the fault 'pause .*': two at once, 4s after/],
    [['kill worker 1 at 1s', 'kill rack 0 at 1s'], {}, /two at once, 1s after the start/],
    [['split worker 1 | rest from 1s', 'split worker 0 > worker 1 from 9s'], {}, /two at once/],
    [['fill storage from 1s', 'fill storage from 2s to 3s'], {}, /two at once/],
    [
      ['pause worker 1 for 1s at 5s', 'kill worker 1 at 3s'],
      { replacement: 'survivors' },
      /worker 1 is dead from 3s on\. .*Use --replacement respawn/,
    ],
    [
      ['kill worker 1 at 3s', 'kill worker 1 at 9s'],
      { replacement: 'survivors' },
      /worker 1 is dead from 3s on/,
    ],
  ])('%j', (lines, changes, message) => refuses(() => planned(lines, changes), message))

  it('of an input whose end is not known: what is repeated without an end', () => {
    const { end: _, ...open } = RUN
    const specs = (line: string) => [readFault(line)]
    refuses(() => resolveFaults(specs('kill worker 1 every 5s'), open), /end is not known before/)
    expect(resolveFaults(specs('kill worker 1 every 5s from 2s to 20s'), open)).toHaveLength(4)
    expect(resolveFaults(specs('kill worker 1 at 90s'), open)).toHaveLength(1)
  })

  it('of nodes that are in no rack: of a rack', () => {
    const { racks: _, ...open } = RUN
    const specs = [readFault('kill rack 0 at 1s')]
    refuses(() => resolveFaults(specs, open), /nodes without racks\. .*--nodes and --racks\.$/)
  })
})

/** Of each fault: as its example has it, and in other ways. */
const WHENS = ['', ' every 7s', ' at a random instant', ' at tick boundary ± 30ms from 4s']

describe('a plan in a run', () => {
  it.each(FAULT_NAMES)('%s lies within it, as data that JSON keeps', (name) => {
    for (const when of WHENS) {
      const { example, lasts } = FAULT_WORDS[name]
      const length = lasts ? ' for 2s' : ''
      const line =
        when === '' ? example : example.replace(/( for \w+)? (at|every|from) .*$/, length + when)
      const faults = planned([line])
      expect(faults.length).toBeGreaterThan(0)
      for (const fault of faults) {
        expect(instantOf(fault)).toBeGreaterThanOrEqual(RUN.start)
        expect(instantOf(fault)).toBeLessThan(RUN.end!)
        if ('length' in fault) expect(Number.isSafeInteger(fault.length)).toBe(true)
      }
      expect(JSON.parse(JSON.stringify(faults))).toEqual(faults)
    }
  })

  it('has instants since the start of the clock, and lengths to the deadline', () => {
    expect(planned(['kill worker 1 at 10s', 'slow worker 2 to 25% from 10s'])).toEqual([
      { kind: 'kill', process: 1, at: seconds(12) },
      { kind: 'slow', process: 2, share: 0.25, at: seconds(12), length: seconds(50) },
    ])
  })

  it('has roles as processes, and groups as all of them at once', () => {
    const processes = (who: string): readonly unknown[] =>
      planned([`kill ${who} at 10s`]).map((fault) => 'process' in fault && fault.process)
    expect(processes('driver')).toEqual([4])
    expect(processes('client')).toEqual([5])
    expect(processes('receiver 3')).toEqual([3])
    expect(processes('rack 1, driver')).toEqual([2, 3, 4])
    const [plan] = planned(['kill receiver 1 before acknowledgement from 3s'])
    expect(plan).toEqual({
      kind: 'kill',
      process: 1,
      at: { on: 'before-acknowledgement', from: seconds(5) },
    })
  })

  it('spreads workers over racks, each in one', () => {
    for (const racks of [1, 2, 3, 4]) {
      const all = Array.from({ length: racks }, (_, rack) => `rack ${rack}`)
      const faults = planned([`kill ${all.join(', ')} at 1s`], { racks })
      expect(faults.map((fault) => 'process' in fault && fault.process)).toEqual([0, 1, 2, 3])
    }
  })

  it('has links in one direction or both, of the rest too', () => {
    const links = (line: string): readonly string[] =>
      planned([line]).flatMap((fault) =>
        'links' in fault ? fault.links.map(({ from, to }) => `${from}>${to}`) : [],
      )
    expect(links('split worker 0 > worker 1, driver from 1s')).toEqual(['0>1', '0>4'])
    expect(links('split rest > worker 1 from 1s')).toEqual(['0>1', '2>1', '3>1', '4>1', '5>1'])
    expect(links('drop 5% of rack 0 | driver from 1s')).toEqual(['0>4', '1>4', '4>0', '4>1'])
  })

  it('says of storage what is left of its speed as what a request takes', () => {
    const at = seconds(3)
    const storage = { kind: 'storage', at, length: seconds(2), factor: 1, share: 1 }
    const lines = ['slow storage to 25%', 'fill storage', 'tear 20% of storage', 'lose storage']
    expect(planned(lines.map((line) => `${line} from 1s to 3s`))).toEqual([
      { ...storage, what: 'slow', factor: 4 },
      { ...storage, what: 'full' },
      { ...storage, what: 'torn', share: 0.2 },
      { ...storage, what: 'lost' },
    ])
  })

  it('writes out what repeats: from its beginning, before its end', () => {
    const instants = (line: string): readonly number[] =>
      planned([line]).map((fault) => (instantOf(fault) - RUN.start) / seconds(1))
    expect(instants('kill worker 1 every 5s from 2s to 17s')).toEqual([2, 7, 12])
    expect(instants('kill worker 1 every 12s')).toEqual([12, 24])
  })

  it('meets ends of ticks: the next one, and never the start', () => {
    const instant = (line: string): number => (instantOf(planned([line])[0]!) - RUN.start) / 1e6
    expect(instant('kill worker 1 at tick boundary')).toBe(100)
    expect(instant('kill worker 1 at tick boundary from 300ms')).toBe(300)
    expect(instant('kill worker 1 at tick boundary from 301ms')).toBe(400)
  })
})

describe('what is drawn', () => {
  const lines = [
    'kill worker 1 at a random instant from 5s to 15s',
    'pause worker 0 for 100ms every 4s ± 1s',
    'kill driver at tick boundary ± 50ms from 5s',
    'slow worker 2 to 50% for 1s at 20s ± 3s',
  ]

  it('is the same from the same seed, and another from another', () => {
    expect(planned(lines)).toEqual(planned(lines))
    const other = planned(lines, { seed: 8 })
    expect(other.some((fault, index) => fault.at === planned(lines)[index]!.at)).toBe(false)
  })

  it('does not move when other faults are added, before or behind', () => {
    const more = ['kill worker 3 at a random instant', ...lines, 'kill client at 9s ± 2s']
    expect(planned(more)).toEqual(expect.arrayContaining([...planned(lines)]))
  })

  it('is drawn anew for a line that stands there twice', () => {
    const [first, second] = planned([lines[0]!, lines[0]!])
    expect(first!.at).not.toBe(second!.at)
  })

  it('lies where it may', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const faults = planned(lines, { seed }).map((fault) => instantOf(fault) - RUN.start)
      const [random, ...rest] = faults
      expect(random).toBeGreaterThanOrEqual(seconds(5))
      expect(random).toBeLessThan(seconds(15))
      expect(Math.abs(rest.at(-2)! - seconds(5))).toBeLessThanOrEqual(milliseconds(50))
      expect(Math.abs(rest.at(-1)! - seconds(20))).toBeLessThanOrEqual(seconds(3))
    }
  })
})
