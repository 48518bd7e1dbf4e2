// One run of a simulation, from the making of its world to its end: the steps, peace, the check, the close.

import { isThenable } from '../../clients/serde.ts'
import type { TopicMap } from '../../clients/topic.ts'
import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { type Insides, insidesOf, Kafkalet } from '../../kafkalet.ts'
import { faultsOf } from '../faults.ts'
import { timelineOf } from '../timeline.ts'
import { chanceOf } from './chance.ts'
import { CoordinatorLosses } from './coordinator-losses.ts'
import { finish } from './hang.ts'
import { ownFaults } from './own-faults.ts'
import { RequestTroubles } from './request-troubles.ts'
import { rest } from './rest.ts'
import { happeningsOf, Schedule } from './schedule.ts'
import { Service } from './service.ts'
import type { StartService } from './service-process.ts'
import type { SimulationSettings } from './settings.ts'
import { settleWith } from './settling.ts'
import type { SimulatedWorld, Simulation } from './simulation.ts'
import { SimulationClock } from './simulation-clock.ts'
import type { StepList } from './step-list.ts'
import { StillGoingOn } from './still-going-on.ts'
import { type Problem, Story } from './story.ts'
import { passTime } from './time-steps.ts'

export interface Outcome {
  readonly problems: readonly Problem[]
  readonly transcript: string
  /** The steps that were taken and did something. */
  readonly steps: StepList
}

/** The part of the chance that is the world's own; the steps count from 1. */
const CHANCE_OF_WORLD = 0
const CHANCE_OF_INSTANCE = -2
/** How long what must end may take once nothing goes wrong any more: longer than any timeout of a client by default. */
const PATIENCE_MS = 600_000

export class SimulatedRun<M extends TopicMap, W extends SimulatedWorld> {
  /** What the world sees of this. */
  readonly #sim: Simulation<M>
  readonly #clock = new SimulationClock()
  readonly #seed: number
  readonly #settings: SimulationSettings<M, W>
  readonly #insides: Insides
  readonly #story: Story
  readonly #services = new Map<string, Service<M>>()
  /** Of the services' clients. */
  readonly #connections = new Set<object>()
  readonly #troubles: RequestTroubles
  readonly #losses: CoordinatorLosses
  readonly #goingOn = new StillGoingOn()

  /** `narrates`: the story tells what the instance does, too. */
  constructor(settings: SimulationSettings<M, W>, seed: number, narrates: boolean) {
    this.#settings = settings
    this.#seed = seed
    const clock = this.#clock
    const options = settings.kafka(chanceOf(seed, CHANCE_OF_INSTANCE))
    rejectUnknown(options, ['topics', 'config'], 'simulate: kafka')
    const kafka = new Kafkalet<M>({ ...options, clock, seed })
    const insides = insidesOf(kafka)
    if (insides === undefined) throw new KafkaError('ILLEGAL_STATE', 'An instance has its insides.')
    this.#insides = insides
    const story = new Story(() => clock.elapsedMs, narrates ? timelineOf(kafka) : null)
    this.#story = story
    this.#troubles = new RequestTroubles({ faults: faultsOf(kafka), clock, story, connections: this.#connections })
    this.#losses = new CoordinatorLosses(kafka, insides, story)
    this.#sim = {
      kafka,
      clock,
      chance: chanceOf(seed, CHANCE_OF_WORLD),
      service: (name, start) => this.#serve(name, start),
      tell: (text) => story.tell(text),
      problem: (text) => story.problem(text),
    }
  }

  async live(steps: StepList): Promise<Outcome> {
    const taken: number[] = []
    await this.#part('world', async () => {
      const world = await finish(this.#clock, 'world', this.#settings.world(this.#sim), PATIENCE_MS)
      const schedule = this.#scheduleOf(world)
      await this.#quiet()
      for (const step of steps) {
        if (this.#hasFailed) return
        if (await this.#step(schedule, step)) taken.push(step)
      }
      if (this.#hasFailed) return
      await this.#part('drain', () => this.#drain(world))
      if (this.#hasFailed) return
      await this.#part('check', () => this.#check(world))
    })
    await this.#part('close', () => this.#close())
    this.#clock.end()
    const story = this.#story
    return {
      problems: story.problems,
      steps: taken,
      get transcript() {
        return String(story)
      },
    }
  }

  #serve(name: string, start: StartService<M>): void {
    if (typeof name !== 'string' || typeof start !== 'function') {
      const why =
        "sim.service takes a name and what starts the service: sim.service('worker-1', ({ kafka, signal }) => …)."
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    if (this.#services.has(name)) {
      const why = `sim.service: there is a service '${name}' already. Give each a name of its own, such as '${name}-2'.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    const { kafka, clock } = this.#sim
    const around = { kafka, clock, story: this.#story, connections: this.#connections }
    this.#services.set(name, new Service(name, start, around))
  }

  get #hasFailed(): boolean {
    return this.#story.problems.length > 0
  }

  #scheduleOf(world: W): Schedule {
    const { shares, faults } = this.#settings
    const own = ownFaults(faults, {
      services: () => [...this.#services.values()].filter(({ isWell }) => isWell),
      troubles: this.#troubles,
      losses: this.#losses,
    })
    return new Schedule(this.#seed, [
      { weight: shares.actions, happenings: happeningsOf(world?.actions) },
      { weight: shares.faults, happenings: own },
      { weight: shares.time, happenings: passTime(this.#clock, (text) => this.#sim.tell(text)) },
    ])
  }

  /** Whether something happened. */
  async #step(schedule: Schedule, step: number): Promise<boolean> {
    const chosen = schedule.at(step)
    if (chosen === null) return false
    const { happening, chance } = chosen
    const takeBack = this.#story.head(`step ${step}: ${happening.name}`)
    let result: unknown
    const failed = (error: unknown) =>
      this.#story.problem(`the action '${happening.name}' failed: ${textOf(error)}`, error)
    try {
      const acted = happening.act(chance)
      if (isThenable(acted)) {
        const ended = Promise.resolve(acted).then((value: unknown) => {
          result = value
        }, failed)
        this.#goingOn.add(`'${happening.name}' of step ${step}`, ended)
      } else result = acted
    } catch (error) {
      failed(error)
    }
    await this.#quiet()
    if (result === false) takeBack()
    return result !== false || this.#hasFailed
  }

  async #drain(world: W): Promise<void> {
    this.#story.head('from here on nothing goes wrong')
    this.#endFaults()
    for (const service of this.#services.values()) service.leaveInPeace()
    await this.#quiet()
    const { drain, quietMs } = this.#settings
    if (drain) await finish(this.#clock, 'drain', drain(world, this.#sim), PATIENCE_MS)
    else await rest(this.#clock, this.#insides, quietMs, () => [...this.#lookOfServices(), ...this.#goingOn.names()])
    const [hanging] = this.#goingOn.names()
    if (hanging === undefined || this.#hasFailed) return
    await finish(this.#clock, hanging, this.#goingOn.end(), PATIENCE_MS)
  }

  #endFaults(): void {
    this.#troubles.end()
    this.#losses.callOff()
  }

  #lookOfServices(): string[] {
    return [...this.#services.values()].map((service) => service.describe())
  }

  async #check(world: W): Promise<void> {
    this.#story.head('the check')
    const { check } = this.#settings
    await this.#story.aside(async () => {
      const found: unknown = await finish(this.#clock, 'check', check(world, this.#sim), PATIENCE_MS)
      const problems = typeof found === 'string' ? [found] : found
      for (const problem of Array.isArray(problems) ? problems : []) this.#story.problem(String(problem))
    })
  }

  async #close(): Promise<void> {
    const wasWell = !this.#hasFailed
    if (wasWell) this.#story.head('the end')
    this.#endFaults()
    for (const service of this.#services.values()) service.end()
    const areDown = () => [...this.#services.values()].every(({ isRunning }) => !isRunning)
    for (let passedMs = 0; wasWell && !areDown() && passedMs < PATIENCE_MS; passedMs += 1_000) {
      await this.#quiet()
      if (!areDown()) await this.#clock.advance(1_000)
    }
    for (const service of this.#services.values()) {
      if (!service.isRunning) continue
      if (wasWell) this.#story.problem(`${service.name} was asked to end, by its signal, and still runs`)
      service.kill()
    }
    await finish(this.#clock, 'to close the instance', this.#sim.kafka.close(), PATIENCE_MS)
    await this.#quiet()
    const { timerCount } = this.#clock
    if (timerCount > 0 && wasWell) {
      this.#story.problem(`${timerCount} timer(s) are left, though the instance is closed`)
    }
  }

  async #quiet(): Promise<void> {
    await settleWith(this.#clock, () => this.#goingOn.isEmpty)
  }

  async #part(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#story.problem(`${what}: ${textOf(error)}`, error)
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
