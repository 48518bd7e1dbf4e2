// The page's only moving part: takes what the reader wants, one after the other, and says what is to be shown.
import type { Action } from '../lessons/action.ts'
import { pass } from '../lessons/action.ts'
import type { Classroom } from '../lessons/classroom.ts'
import type { Sight } from '../lessons/sight.ts'
import { inArrival } from './arrival.ts'
import { extentOf } from './extent.ts'
import type { Place } from './place.ts'
import { FREE, type Scene, sceneNumbers, sceneOf } from './scene.ts'
import type { Intent, State } from './state.ts'
import { type Frame, roomAt, walk } from './walk.ts'

/** How long a step stands while it plays, and how often time passes in free play, at speed 1. */
const STEP_MS = 6_000
const TICK_MS = 1_000

export class Page {
  readonly #show: (state: State) => void
  #state: State | null = null
  /** Where the reader's own actions are done; it stands where `#roomPlace` says. */
  #room: Classroom | null = null
  #roomPlace: Pick<Place, 'lesson' | 'step' | 'extra'> | null = null
  #work: Promise<void> = Promise.resolve()
  #timer: number | null = null

  constructor(show: (state: State) => void) {
    this.#show = show
  }

  /** Resolves when it is shown. */
  open(place: Place, notice: State['notice']): Promise<void> {
    return this.#later(() => this.#go(place, notice))
  }

  /** So that the reader can choose among them by name. */
  async fetchTitles(): Promise<void> {
    const scenes = await Promise.all(sceneNumbers.map(sceneOf))
    await this.#later(async () => this.#change({ titles: new Map(scenes.map(({ number, title }) => [number, title])) }))
  }

  /** Carried out after what was asked for before. */
  readonly tell = (intent: Intent): void => {
    void this.#later(() => this.#carryOut(intent))
  }

  #later(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#change({ notice: { text: error instanceof Error ? error.message : String(error) }, isPlaying: false })
    })
    return this.#work
  }

  async #carryOut(intent: Intent): Promise<void> {
    const state = this.#state
    if (!state) return
    switch (intent.type) {
      case 'go':
        return await this.#go({ ...state.place, ...intent.to })
      case 'next':
        return await this.#next(state)
      case 'back':
        return await this.#back(state)
      case 'restart':
        return await this.#go({ ...state.place, step: 0, pick: null, extra: [] })
      case 'pick':
        return await this.#go({ ...state.place, step: state.scene.steps.length, pick: intent.choice, extra: [] })
      case 'do':
        return await this.#do(state, intent.actions)
      case 'play':
        return this.#play(!state.isPlaying)
      case 'show':
        return this.#change(intent.change)
    }
  }

  async #next({ place, scene, frames }: State): Promise<void> {
    if (place.step + 1 < scene.steps.length) await this.#go({ ...place, step: place.step + 1, pick: null, extra: [] })
    else if (scene.question && place.step + 1 < frames.length)
      await this.#go({ ...place, step: place.step + 1, extra: [] })
  }

  /** Nothing is undone: what was done before it is done again. */
  async #back({ place }: State): Promise<void> {
    if (place.extra.length > 0) await this.#go({ ...place, extra: place.extra.slice(0, -1) })
    else if (place.step > 0) await this.#go({ ...place, step: place.step - 1, pick: null })
  }

  async #go(asked: Place, notice: State['notice'] = null): Promise<void> {
    const scene = await sceneOf(asked.lesson)
    const frames = this.#state?.scene === scene ? this.#state.frames : await walk(scene)
    const step = Math.min(asked.step, frames.length - 1)
    const place = { ...asked, lesson: scene.number, step, pick: step < scene.steps.length ? null : asked.pick }
    const before = frames[step - 1]?.sight ?? null
    const isElsewhere = this.#state?.scene !== scene
    const titles = new Map(this.#state?.titles).set(scene.number, scene.title)
    const extent = this.#state?.frames === frames ? this.#state.extent : extentOf(frames)
    const common = { scene, frames, extent, titles, notice, ...(isElsewhere && { selected: null }) }
    if (place.extra.length === 0) {
      this.#change({ ...common, place, before, sight: frameAt(frames, step).sight })
    } else {
      await this.#goOn(scene, place, frames, common)
    }
  }

  /** Does the reader's own actions again. One that is refused, as a link may hold, ends them. */
  async #goOn(scene: Scene, place: Place, frames: readonly Frame[], common: Partial<State>): Promise<void> {
    const room = await this.#roomFor(scene, { ...place, extra: [] })
    const done: Action[] = []
    let before: Sight = frameAt(frames, place.step).sight
    let refusal: State['notice'] = null
    for (const [index, action] of place.extra.entries()) {
      if (index === place.extra.length - 1 && index > 0) before = inArrival(await room.look(), before)
      try {
        await room.do(action)
        done.push(action)
      } catch (error) {
        refusal = { text: String(error) }
        break
      }
    }
    this.#roomPlace = { ...place, extra: done }
    const { notice = null, ...rest } = common
    this.#change({
      ...rest,
      place: { ...place, extra: done },
      before,
      sight: inArrival(await room.look(), before),
      notice: refusal ?? notice,
    })
  }

  async #do({ place, scene, sight }: State, actions: readonly Action[]): Promise<void> {
    const room = await this.#roomFor(scene, place)
    const done: Action[] = []
    let notice: State['notice'] = null
    for (const action of actions) {
      try {
        await room.do(action)
        done.push(action)
      } catch (error) {
        notice = { text: error instanceof Error ? error.message : String(error) }
        break
      }
    }
    const extra = [...place.extra, ...done]
    this.#roomPlace = { ...place, extra }
    this.#change({ place: { ...place, extra }, before: sight, sight: inArrival(await room.look(), sight), notice })
  }

  async #roomFor(scene: Scene, place: Place): Promise<Classroom> {
    const at = this.#roomPlace
    if (this.#room && at?.lesson === place.lesson && at.step === place.step && at.extra === place.extra)
      return this.#room
    await this.#room?.[Symbol.asyncDispose]()
    const room = await roomAt(scene, place.step)
    for (const action of place.extra) await room.do(action)
    this.#room = room
    this.#roomPlace = place
    return room
  }

  #play(isPlaying: boolean): void {
    this.#change({ isPlaying })
  }

  #change(change: Partial<State>): void {
    const was = this.#state
    const state = { ...(was ?? nothingYet), ...change } as State
    const isAtEnd = state.scene.number !== FREE && state.place.step + 1 >= state.scene.steps.length
    this.#state = isAtEnd ? { ...state, isPlaying: false } : state
    this.#show(this.#state)
    this.#arm()
  }

  /** While it plays: the next step, a while after this one was shown. */
  #arm(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer)
    this.#timer = null
    const state = this.#state
    if (!state?.isPlaying) return
    const isFree = state.scene.number === FREE
    const goOn = () => this.tell(isFree ? { type: 'do', actions: [pass(TICK_MS)] } : { type: 'next' })
    this.#timer = window.setTimeout(goOn, (isFree ? TICK_MS : STEP_MS) / state.speed)
  }
}

const nothingYet: Pick<State, 'selected' | 'isCompacted' | 'isPlaying' | 'speed' | 'notice' | 'before' | 'titles'> = {
  selected: null,
  isCompacted: false,
  isPlaying: false,
  speed: 1,
  notice: null,
  before: null,
  titles: new Map(),
}

function frameAt(frames: readonly Frame[], step: number): Frame {
  const frame = frames[step]
  if (!frame) throw new Error(`There is no step ${step + 1}.`)
  return frame
}
