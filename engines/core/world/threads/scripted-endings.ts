/** The scenes of the scripted engine that end badly: a process that throws, one that never returns, one that exits. */
import { CapacityError } from '../../errors.ts'
import { milliseconds, type Nanos } from '../../units.ts'
import { Committer } from './scripted-scenes.ts'

export class ThrowScene extends Committer {
  override step(): Nanos {
    if (this.world.process === 1 && this.world.now() > milliseconds(20)) {
      throw new CapacityError(
        { asked: 'a scene', found: 'a wall', rule: 'walls stop scenes', remedy: 'Turn round' },
        { wall: 3 },
      )
    }
    return Math.max(this.world.now() + milliseconds(1), this.commitDue())
  }
}

/** Does not come back from a step, whatever it is told. */
export class EndlessScene extends Committer {
  override step(): Nanos {
    while (this.world.process === 1 && this.world.now() > milliseconds(20)) {}
    this.commitDue()
    return this.world.now() + milliseconds(1)
  }
}

export class ExitScene extends Committer {
  override step(): Nanos {
    if (this.world.process === 1 && this.world.now() > milliseconds(20)) process.exit(7)
    return Math.max(this.world.now() + milliseconds(1), this.commitDue())
  }
}
