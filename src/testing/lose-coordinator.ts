// Lets a group or a transactional id lose its coordinator, as when the broker that has it dies and another takes over.

import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import { checkGroupId } from './group-view.ts'
import { openInstance } from './instance.ts'

/**
 * The coordinator of a group is lost, with all that it had not written to `__consumer_offsets`: joins and syncs that
 * wait are answered NOT_COORDINATOR. For `loadMs` its successor reads the topic, and requests of the group are answered
 * COORDINATOR_LOAD_IN_PROGRESS. Then it goes on where the topic says: in the last generation that was written, with what
 * was committed, and each member has one `sessionTimeoutMs` to be heard. Other groups in the same partition of
 * `__consumer_offsets` share the coordinator and so its fate. A group that there is not yet has a coordinator as well.
 *
 * With `{ transactionalId }` it is the coordinator of that id, and of all others in its partition of `__transaction_state`. What
 * was decided there is carried out by the successor, which sends the missing markers; what is open stays open, for what is
 * left of its timeout.
 *
 * Called by a listener of `recordsAppended`, it comes between what was written and its answer.
 *
 * @param of the id of a group, or `{ transactionalId }`
 * @param options.loadMs how long loading takes, by the instance's clock; default 0
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet and a time of at least 0; ILLEGAL_STATE where that is
 *   closed
 */
export function loseCoordinator(
  kafka: object,
  of: string | { readonly transactionalId: string },
  options: { readonly loadMs?: number } = {},
): void {
  const { broker } = openInstance('loseCoordinator', kafka)
  if (typeof of === 'string') checkGroupId('loseCoordinator', of)
  rejectUnknown(options, ['loadMs'], 'loseCoordinator')
  const { loadMs = 0 } = options
  if (!Number.isSafeInteger(loadMs) || loadMs < 0) {
    const why = `loseCoordinator: loadMs must be a whole number of milliseconds of at least 0, not ${String(loadMs)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  if (typeof of === 'string') broker.groups.lose(of, { loadMs })
  else broker.transactions.lose(transactionalIdIn(of), { loadMs })
}

function transactionalIdIn(of: unknown): string {
  if (typeof of === 'object' && of !== null && 'transactionalId' in of && typeof of.transactionalId === 'string') {
    return of.transactionalId
  }
  const why = "loseCoordinator takes whose coordinator it is: the id of a group, or { transactionalId: '…' }."
  throw new KafkaError('INVALID_ARGUMENT', why)
}
