import { describe, expect, it } from 'vitest'
import { launchers } from './launchers.ts'

describe('launchers', () => {
  const tree: Readonly<Record<number, string>> = {
    40: 'Name:\tsh\nPPid:\t30\nVmHWM:\t    1700 kB\n',
    30: 'Name:\tnpm start -- ben\nPPid:\t20\nVmHWM:\t   60000 kB\n',
    20: 'Name:\tbash\nPPid:\t1\nVmHWM:\t    4000 kB\n',
    1: 'Name:\tinit\nPPid:\t0\nVmHWM:\t    9000 kB\n',
  }
  const statusOf = (pid: number): string => {
    const status = tree[pid]
    if (status === undefined) throw new Error('ENOENT')
    return status
  }

  it('are those up to npm, and none above it', () => {
    expect(launchers(40, statusOf)).toEqual([
      { name: 'sh', residentBytesMax: 1_700 * 1_024 },
      { name: 'npm start -- ben', residentBytesMax: 60_000 * 1_024 },
    ])
  })

  it('are none where no npm is', () => {
    expect(launchers(20, statusOf)).toEqual([])
  })

  it('are not known where the system does not tell', () => {
    expect(launchers(7, statusOf)).toBeUndefined()
    expect(launchers(40, () => 'Name:\tsh\nPPid:\t30\n')).toBeUndefined()
  })

  it('of this process are known on Linux', { skip: process.platform !== 'linux' }, () => {
    expect(launchers()).toBeDefined()
  })
})
