// A place for the answer to a group's request that tells onlookers of both, where anybody listens.

import { ErrorCode, errorName } from '../errors.ts'
import type { GroupProtocolApi } from './events.ts'
import type { BrokerInternals } from './handler.ts'
import { Parked } from './parked.ts'

interface GroupAnswer {
  readonly errorCode: ErrorCode
  readonly generationId?: number
  readonly memberId?: string
  readonly leader?: string | null
  readonly members?: readonly object[]
}

/** Announces the request, and gives it a place for its answer. */
export function parkedGroupAnswer<Answer extends GroupAnswer>(
  { events }: BrokerInternals,
  api: GroupProtocolApi,
  { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
  clientId: string,
): Parked<Answer> {
  if (!events.isHeard('groupRequest') && !events.isHeard('groupResponse')) return new Parked()
  const who = { api, groupId, memberId, clientId }
  events.announce('groupRequest', who)
  return new ToldParked((answer) => {
    const { generationId = -1, leader = null, memberId: answeredId = memberId } = answer
    events.announce('groupResponse', {
      ...who,
      memberId: answeredId,
      error: errorName(answer.errorCode || firstError(answer.members ?? [])),
      generation: generationId < 0 ? null : generationId,
      isLeader: leader !== null && leader === answeredId,
    })
  })
}

/** LeaveGroup refuses members one by one. */
function firstError(members: readonly object[]): ErrorCode {
  for (const member of members) if ('errorCode' in member && member.errorCode) return Number(member.errorCode)
  return ErrorCode.NONE
}

class ToldParked<Answer> extends Parked<Answer> {
  readonly #tell: (answer: Answer) => void
  #isTold = false

  constructor(tell: (answer: Answer) => void) {
    super()
    this.#tell = tell
  }

  override answer(response: Answer): void {
    if (!this.#isTold) this.#tell(response)
    this.#isTold = true
    super.answer(response)
  }
}
