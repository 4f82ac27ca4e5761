/** Room by sender, receiver and class: a frame needs it unless the link is empty, and gives back what it took. */
import { expect, it } from 'vitest'
import { CLASS_CONTROL, CLASS_DATA, type ClassNumber, frameBytes, writeHeader } from '../frame.ts'
import { LinkRoom } from './link-room.ts'

function frameOf(length: number, link: { from: number; to: number; class: ClassNumber }) {
  const frame = new Uint8Array(frameBytes(length))
  writeHeader(new DataView(frame.buffer), 0, {
    ...{ length, channel: 1, kind: 0, resent: false, acknowledgesResent: false, generation: 1 },
    ...{ fromIncarnation: 1, toIncarnation: 1, sequence: 0, acknowledged: 0, ...link },
  })
  return frame
}

it('a link that is full takes nothing until something was read, and others do not notice', () => {
  const room = new LinkRoom(200)
  const link = { from: 3, to: 70, class: CLASS_DATA } as const
  const large = frameOf(1_000, link)
  const small = frameOf(50, link)
  const take = (frame: Uint8Array): boolean => room.take(frame, frame.length)
  expect(take(large)).toBe(true)
  expect(take(small)).toBe(false)
  expect(take(frameOf(50, { ...link, class: CLASS_CONTROL }))).toBe(true)
  expect(take(frameOf(50, { ...link, from: 70, to: 3 }))).toBe(true)
  room.give(large)
  // 88 bytes each.
  expect([take(small), take(small), take(small)]).toEqual([true, true, false])
  room.give(small)
  expect([take(large), take(small), take(small)]).toEqual([false, true, false])
})
