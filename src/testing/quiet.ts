// Waiting until nothing is left that can happen without time passing.

import { HostTurns } from '../clock.ts'
import { endlessJobs } from '../endless-jobs.ts'
import { KafkaError } from '../errors.ts'
import { hostTurn } from '../host-turn.ts'

/** Far more than any work needs that has an end: a consumer reads up to 2048 records between two of its turns. */
const MOST_TURNS = 10_000

/**
 * All promise jobs of now have run, with all that follows from them, and whoever gave the host a turn has had it.
 *
 * @throws KafkaError ILLEGAL_STATE where that has no end
 */
export async function quiet(): Promise<void> {
  endlessJobs.waiting++
  try {
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      await hostTurn()
      endlessJobs.turn()
      if (!HostTurns.areAwaited) return
    }
  } finally {
    endlessJobs.waiting--
  }
  const why =
    'It does not get quiet: something goes on for ever without waiting for time, such as a handler that sends a record ' +
    'to the topic it reads for every record it is given. Let it end, or close it first.'
  throw new KafkaError('ILLEGAL_STATE', why)
}
