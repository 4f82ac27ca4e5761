/** Reports are kept until the driver has them, and no more of them than one hello can repeat. */
import { expect, it } from 'vitest'
import { CapacityError } from '../../core/errors.ts'
import { SentReports } from './sent-reports.ts'

const tasks = (batch: number, count: number) => ({
  done: Array.from({ length: count }, (_, partition) => ({
    stage: 0,
    batch,
    partition,
    mask: 7,
    feeds: false,
    dropped: false,
  })),
  files: [{ batch, partition: 0, bytes: 1 }],
})

it('takes back what was not acknowledged, in order', () => {
  const reports = new SentReports()
  for (let number = 1; number <= 4; number++) reports.sent(number, tasks(number, 2))
  reports.acknowledged(2)
  reports.acknowledged(1)
  const { done, files } = reports.take()
  expect(done.map(({ batch }) => batch)).toEqual([3, 3, 4, 4])
  expect(files.map(({ batch }) => batch)).toEqual([3, 4])
  expect(reports.take()).toEqual({ done: [], files: [] })
})

it('fails by name when the driver acknowledges nothing, and has room for what it does', () => {
  const reports = new SentReports(10)
  reports.sent(1, tasks(1, 4))
  reports.sent(2, tasks(2, 4))
  expect(() => reports.sent(3, tasks(3, 0))).toThrow(CapacityError)
  reports.acknowledged(1)
  reports.sent(3, tasks(3, 4))
  expect(() => reports.sent(4, tasks(4, 0))).toThrow(/has not acknowledged the 10/)
})
