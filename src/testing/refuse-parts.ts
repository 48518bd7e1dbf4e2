// Refuses some parts of a request, lets the broker carry out the others, and makes one answer of both.

import type { ErrorCode } from '../errors.ts'

/** An error as it stands in an answer. */
export interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

/** `isHit[i]` says whether part i of the request is refused; `carryOut` does what is left of it. */
export type Refuse<Request, Response> = (
  request: Request,
  isHit: readonly boolean[],
  refusal: Refusal,
  carryOut: (rest: Request) => Response | Promise<Response>,
) => Response | Promise<Response>

/** A request for things that have parts, such as topics with partitions, and an answer with as many in the same order. */
interface Nested<Request, Response, Thing, Part, Answer> {
  things(request: Request): readonly Thing[]
  parts(thing: Thing): readonly Part[]
  keep(thing: Thing, parts: readonly Part[]): Thing
  ask(request: Request, things: readonly Thing[]): Request
  /** Null where the broker refused the rest as a whole. */
  answers(response: Response): readonly Answer[] | null
  refused(part: Part, refusal: Refusal): Answer
  /** `response` is null where nothing was left for the broker. */
  respond(answers: readonly (readonly [Thing, readonly Answer[]])[], response: Response | null): Response
}

export function refuseNested<Request, Response, Thing, Part, Answer>(
  shape: Nested<Request, Response, Thing, Part, Answer>,
): Refuse<Request, Response> {
  return (request, isHit, refusal, carryOut) => {
    let i = 0
    const things = shape.things(request).map((thing) => {
      const parts = shape.parts(thing).map((part) => ({ part, isRefused: isHit[i++] === true }))
      return { thing, parts, left: parts.flatMap(({ part, isRefused }) => (isRefused ? [] : [part])) }
    })
    const merge = (response: Response | null): Response => {
      const answers = response === null ? [] : shape.answers(response)
      if (answers === null && response !== null) return response
      const answered = (answers ?? []).values()
      const all = things.map(({ thing, parts }) => {
        const each = parts.map(({ part, isRefused }) => (isRefused ? shape.refused(part, refusal) : nextOf(answered)))
        return [thing, each] as const
      })
      return shape.respond(all, response)
    }
    const rest = things.flatMap(({ thing, left }) => (left.length > 0 ? [shape.keep(thing, left)] : []))
    if (rest.length === 0) return merge(null)
    const response = carryOut(shape.ask(request, rest))
    return response instanceof Promise ? response.then(merge) : merge(response)
  }
}

/** The same for a plain list. */
export function refuseListed<Request, Response, Part, Answer>(shape: {
  parts(request: Request): readonly Part[]
  ask(request: Request, parts: readonly Part[]): Request
  answers(response: Response): readonly Answer[] | null
  refused(part: Part, refusal: Refusal): Answer
  respond(answers: readonly Answer[], request: Response | null): Response
}): Refuse<Request, Response> {
  return refuseNested<Request, Response, readonly Part[], Part, Answer>({
    things: (request) => [shape.parts(request)],
    parts: (parts) => parts,
    keep: (_all, parts) => parts,
    ask: (request, [parts = []]) => shape.ask(request, parts),
    answers: shape.answers,
    refused: shape.refused,
    respond: (answers, response) =>
      shape.respond(
        answers.flatMap(([, each]) => each),
        response,
      ),
  })
}

/** The request as a whole: nothing of it is carried out. */
export function refuseWhole<Request, Response>(answer: (request: Request, refusal: Refusal) => Response) {
  return (request: Request, _isHit: readonly boolean[], refusal: Refusal): Response => answer(request, refusal)
}

function nextOf<Answer>(answers: ArrayIterator<Answer>): Answer {
  const { value, done } = answers.next()
  if (done) throw new Error('the broker answered fewer parts than it was asked for')
  return value
}
