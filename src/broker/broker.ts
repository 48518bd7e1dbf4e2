// The broker behind the seam: one mailbox through which every request and every timer goes, one after the other.

import type { Clock, TimerHandle } from '../clock.ts'
import { endlessJobs } from '../endless-jobs.ts'
import { KafkaError } from '../errors.ts'
import type { GroupEvent } from '../groups/group-step.ts'
import { markerIn } from '../log/control-record.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { AppendOrigin, SentBatch } from '../log/producer-state.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { Random } from '../random.ts'
import type { TransactionEvent } from '../transactions/transaction-step.ts'
import type { ApiName, BrokerSeam, RequestContext, RequestOf, ResponseOf } from './api.ts'
import { type BrokerConfig, encodeTopicConfig } from './configs.ts'
import { EventFeed } from './events.ts'
import { type GroupCoordinator, groupCoordinator } from './group-coordinator.ts'
import { type BrokerInternals, NODE } from './handler.ts'
import { handlers } from './handlers.ts'
import { type AnyExchange, type CarryOut, connectionBroke, type Interceptor, Interceptors } from './interceptors.ts'
import { LogCleaner } from './log-cleaner.ts'
import { ParkedAnswers, ParkedFetches } from './parked.ts'
import { ProducerIds } from './producer-ids.ts'
import { type NewTopic, OFFSETS_TOPIC, type Topic, Topics, TRANSACTIONS_TOPIC } from './topics.ts'
import { type TransactionCoordinator, transactionCoordinator } from './transaction-coordinator.ts'

export interface BrokerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly config: Required<BrokerConfig>
}

export class Broker implements BrokerSeam, BrokerInternals {
  readonly config: Required<BrokerConfig>
  readonly topics: Topics
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly fetches = new ParkedFetches()
  readonly answers = new ParkedAnswers()
  readonly events = new EventFeed()
  readonly producerIds = new ProducerIds()
  readonly #cleaner: LogCleaner
  readonly #clock: Clock
  readonly #mailbox: (() => void)[] = []
  readonly #readClock = () => this.nowMs()
  /** Null while nobody stands before the handlers: then a request pays for one look. */
  #interceptors: Interceptors | null = null
  #isBusy = false
  #isClosed = false

  constructor({ clock, random, config }: BrokerOptions) {
    this.config = config
    this.#clock = clock
    this.topics = new Topics(
      config,
      () => random.uuid(),
      () => this.nowMs(),
    )
    const coordinatorHost = {
      append: (topic: Topic, partition: number, batch: RecordBatch) => this.#appendTo(topic, partition, batch),
      nowMs: () => this.nowMs(),
      schedule: (delayMs: number, fire: () => void) => this.#timer(delayMs, fire, true),
      announce: (event: GroupEvent | TransactionEvent) => this.announce(event),
    }
    this.groups = groupCoordinator({ ...coordinatorHost, topic: () => this.offsetsTopic() }, config, () =>
      random.uuid(),
    )
    this.transactions = transactionCoordinator(
      {
        ...coordinatorHost,
        topic: () => this.transactionsTopic(),
        newProducerId: () => this.producerIds.next(),
        writeMarkers: (request, connection, answered) => this.#ask('WriteTxnMarkers', request, connection, answered),
      },
      config,
    )
    this.#cleaner = new LogCleaner({
      isEnabled: config.logCleanerEnable,
      backoffMs: config.logCleanerBackoffMs,
      nowMs: () => this.nowMs(),
      configOf: (log) => this.topics.of(log)?.config,
      schedule: (delayMs, fire) => this.#timer(delayMs, fire, true),
    })
  }

  handle<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    context: RequestContext,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    if (endlessJobs.waiting > 0) {
      const refusal = endlessJobs.count(api, context.clientId)
      if (refusal !== null) return Promise.reject(refusal)
    }
    if (this.#interceptors !== null) return this.#intercepted(this.#interceptors, api, request, context)
    if (this.#isClosed) throw tooLate(api)
    // A request from inside a turn (an event's listener sent it) waits for the end of that turn.
    if (this.#isBusy) return this.#enqueue(() => handlers[api](this, request, context))
    this.#isBusy = true
    try {
      return handlers[api](this, request, context)
    } finally {
      this.#endTurn()
    }
  }

  get isWatched(): boolean {
    return this.#interceptors !== null || this.events.isHeard('groupRequest') || this.events.isHeard('groupResponse')
  }

  /** From now on, until it is taken away, every request passes it. Those that were added earlier come first. */
  intercept(interceptor: Interceptor): () => void {
    this.#interceptors ??= new Interceptors(() => {
      this.#interceptors = null
    })
    const interceptors = this.#interceptors
    interceptors.add(interceptor)
    return () => interceptors.remove(interceptor)
  }

  #intercepted<Api extends ApiName>(
    interceptors: Interceptors,
    api: Api,
    request: RequestOf<Api>,
    context: RequestContext,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    const carryOut: CarryOut = (rest = request) => this.#carryOut(api, rest as RequestOf<Api>, context)
    const answer = interceptors.handle({ api, request, context } as AnyExchange, carryOut)
    return answer as ResponseOf<Api> | Promise<ResponseOf<Api>>
  }

  #carryOut<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    context: RequestContext,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    if (this.#isClosed) throw tooLate(api)
    const work = () => handlers[api](this, request, context)
    return this.#isBusy ? this.#enqueue(work) : this.#turn(work)
  }

  disconnect(connection: object): void {
    this.#interceptors?.lose(connection)
    this.fetches.lose(connection, connectionBroke)
    this.answers.lose(connection, connectionBroke)
  }

  /** Cleans every compacted log that has something dirty below its active segment, now. */
  runCompaction(): void | Promise<void> {
    if (this.#isClosed) throw tooLate('runCompaction')
    const cleanAll = () => this.#cleaner.cleanAll([...this.topics.all()].flatMap(({ partitions }) => partitions))
    if (this.#isBusy) return this.#enqueue(cleanAll)
    this.#turn(cleanAll)
  }

  close(): void {
    this.#isClosed = true
    this.fetches.drop()
    this.groups.close()
    this.transactions.close()
    this.#cleaner.close()
    this.events.close()
  }

  nowMs(): number {
    return this.#clock.now()
  }

  append(log: PartitionLog, batch: RecordBatch, origin: AppendOrigin): number | SentBatch {
    const { count } = batch
    const baseOffset = log.append(batch, this.#readClock, origin)
    if (typeof baseOffset !== 'number') return baseOffset
    this.fetches.touch(log)
    if (log.isCompacted) this.#cleaner.appended(log)
    if (this.events.isHeard('recordsAppended')) {
      const marker = markerIn(batch)
      const appended = { topic: log.topic, partition: log.partition, baseOffset, count }
      this.events.announce('recordsAppended', marker ? { ...appended, marker } : appended)
    }
    return baseOffset
  }

  createTopic(newTopic: NewTopic): Topic {
    const topic = this.topics.add(this.topics.plan(newTopic))
    this.events.announce('topicCreated', {
      topic: topic.name,
      topicId: topic.id,
      partitions: topic.partitions.length,
    })
    return topic
  }

  offsetsTopic(): Topic {
    return this.topics.get(OFFSETS_TOPIC) ?? this.#createOffsetsTopic()
  }

  transactionsTopic(): Topic {
    const { transactionStateLogNumPartitions, transactionStateLogSegmentBytes } = this.config
    const present = this.topics.get(TRANSACTIONS_TOPIC)
    if (present) return present
    return this.#createInternal(TRANSACTIONS_TOPIC, transactionStateLogNumPartitions, transactionStateLogSegmentBytes)
  }

  deadline(delayMs: number, fire: () => unknown, idleForMs = 0): TimerHandle {
    return this.#clock.setTimeout(fire, delayMs, { idleForMs })
  }

  cancelDeadline(deadline: TimerHandle): void {
    this.#clock.clearTimeout(deadline)
  }

  enter(work: () => unknown): unknown {
    if (this.#isClosed) return null
    if (!this.#isBusy) return this.#turn(work)
    this.#mailbox.push(work)
    return null
  }

  announce(event: GroupEvent | TransactionEvent): void {
    if (this.events.isHeard(event.type)) this.events.announce(event.type, event)
  }

  #createOffsetsTopic(): Topic {
    const { offsetsTopicNumPartitions, offsetsTopicSegmentBytes } = this.config
    return this.#createInternal(OFFSETS_TOPIC, offsetsTopicNumPartitions, offsetsTopicSegmentBytes)
  }

  #createInternal(name: string, numPartitions: number, segmentBytes: number): Topic {
    const configs = encodeTopicConfig({ cleanupPolicy: 'compact', segmentBytes })
    return this.createTopic({ name, numPartitions, replicationFactor: 1, configs, isInternal: true })
  }

  #appendTo(topic: Topic, partition: number, batch: RecordBatch): number {
    const log = topic.partitions[partition]
    if (log === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const appended = this.append(log, batch, 'coordinator')
    return typeof appended === 'number' ? appended : appended.baseOffset
  }

  /** A request of the broker to itself: it comes right after the turn that asks, and whoever stands before the handlers sees it. */
  #ask<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    connection: object,
    answered: (response: ResponseOf<Api> | null) => void,
  ): void {
    const context = { clientId: 'broker', clientHost: NODE.host, connection }
    this.enter(() => {
      let isInTurn = true
      const carryOut: CarryOut = (rest = request) =>
        isInTurn
          ? handlers[api](this, rest as RequestOf<Api>, context)
          : this.#carryOut(api, rest as RequestOf<Api>, context)
      const answer = (
        this.#interceptors ? this.#interceptors.handle({ api, request, context } as AnyExchange, carryOut) : carryOut()
      ) as ResponseOf<Api> | Promise<ResponseOf<Api>>
      isInTurn = false
      if (!(answer instanceof Promise)) return answered(answer)
      answer.then(
        (response) => this.enter(() => answered(response)),
        () => this.enter(() => answered(null)),
      )
    })
  }

  #timer(delayMs: number, fire: () => void, background: boolean): () => void {
    const timer = this.#clock.setTimeout(() => this.enter(fire), delayMs, { background })
    return () => this.#clock.clearTimeout(timer)
  }

  #enqueue<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#mailbox.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #turn<Result>(work: () => Result): Result {
    this.#isBusy = true
    try {
      return work()
    } finally {
      this.#endTurn()
    }
  }

  /** Whoever waits for what the turn has changed is answered, then what came in meanwhile has its turns. */
  #endTurn(): void {
    this.fetches.wakeTouched()
    if (this.#mailbox.length > 0) this.#emptyMailbox()
    this.#isBusy = false
  }

  #emptyMailbox(): void {
    for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) {
      next()
      this.fetches.wakeTouched()
    }
  }
}

function tooLate(what: ApiName | 'runCompaction'): KafkaError {
  return new KafkaError('ILLEGAL_STATE', `The broker is closed; ${what} came too late.`)
}
