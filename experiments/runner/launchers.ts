/** The processes that started this one, up to npm: they live as long as it does, and their memory is the command's, too. */
import { readFileSync } from 'node:fs'

/** Of a run: what started the process that ran its trials, or null where that is not known. */
export const LAUNCHERS_FILE = 'launchers.json'

export interface Launcher {
  /** Of the process, as the kernel has it: 15 bytes at most. */
  readonly name: string
  /** Largest resident set so far. */
  readonly residentBytesMax: number
}

/** Text of `/proc/<pid>/status`; throws where there is none. */
type StatusOf = (pid: number) => string

const procStatus: StatusOf = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8')

/**
 * From the parent of this process up to the npm that started it, that one included; none where no npm did. `undefined` where the
 * system does not tell: it has no `/proc`, as all but Linux.
 */
export function launchers(
  parent: number = process.ppid,
  statusOf: StatusOf = procStatus,
): readonly Launcher[] | undefined {
  const found: Launcher[] = []
  try {
    for (let pid = parent; pid > 0; ) {
      const status = statusOf(pid)
      const name = fieldOf(status, 'Name')
      // In units of 1,024 bytes, whatever it says.
      const residentBytesMax = Number.parseInt(fieldOf(status, 'VmHWM'), 10) * 1024
      if (Number.isNaN(residentBytesMax)) return undefined
      found.push({ name, residentBytesMax })
      if (name.startsWith('npm')) return found
      pid = Number(fieldOf(status, 'PPid'))
    }
    return []
  } catch {
    return undefined
  }
}

function fieldOf(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
}
