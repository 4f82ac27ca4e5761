import { describe, expect, it } from 'vitest'
import { parseCores, pinToCore } from './core-pinning.ts'

describe('cores of their own', () => {
  it("reads the kernel's list", () => {
    expect(parseCores('')).toEqual([])
    expect(parseCores('0')).toEqual([0])
    expect(parseCores('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11])
  })

  it('are not given to a process that is no worker, nor to a single worker', () => {
    expect(pinToCore(2, 2)).toBeUndefined()
    expect(pinToCore(0, 1)).toBeUndefined()
  })

  it('are not given where there are more or fewer of them than workers', () => {
    expect(pinToCore(0, 100_000)).toBeUndefined()
  })
})
