// Transactions beside a plain model: whatever producers do, whatever coordinators and markers are lost, a read_committed
// reader sees what was answered to be committed, all of it, and nothing else.
import fc from 'fast-check'
import { faultsOf, inspect, loseCoordinator } from 'kafkalet/testing'
import { expect, test } from 'vitest'
import { type TestProducer, TransactionWorld } from '../support/transaction-world.ts'

const PARTITIONS = ['orders-0', 'orders-1', 'results-0'] as const
const GROUPS = ['g', 'h'] as const
const LONGEST_TIMEOUT_MS = 20_000
const MARKER_ERRORS = ['NOT_ENOUGH_REPLICAS', 'NOT_LEADER_OR_FOLLOWER'] as const

type Action =
  | { readonly type: 'init'; readonly who: number; readonly isKnown: boolean; readonly timeoutMs: number }
  | { readonly type: 'write'; readonly who: number; readonly partition: (typeof PARTITIONS)[number] }
  | { readonly type: 'offset'; readonly who: number; readonly groupId: (typeof GROUPS)[number] }
  | {
      readonly type: 'end'
      readonly who: number
      readonly how: 'commit' | 'abort'
      readonly isAnswerLost: boolean
    }
  | { readonly type: 'lose'; readonly of: string; readonly loadMs: number }
  | { readonly type: 'loseGroup'; readonly groupId: string; readonly loadMs: number }
  | { readonly type: 'hold'; readonly times: number }
  | { readonly type: 'release' }
  | { readonly type: 'fail'; readonly how: 'drop' | 'loseResponse' | (typeof MARKER_ERRORS)[number] }
  | { readonly type: 'pass'; readonly ms: number }

const who = fc.constantFrom(0, 0, 0, 1, 2, 2)
const loadMs = fc.constantFrom(0, 0, 0, 300)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('init' as const),
      who,
      isKnown: fc.boolean(),
      timeoutMs: fc.constantFrom(1_000, LONGEST_TIMEOUT_MS),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      who,
      partition: fc.constantFrom(PARTITIONS[0], ...PARTITIONS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('offset' as const), who, groupId: fc.constantFrom(...GROUPS) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      who,
      how: fc.constantFrom('commit', 'commit', 'abort'),
      isAnswerLost: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('lose' as const), of: fc.constantFrom('a', 'a', 'b'), loadMs }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('loseGroup' as const), groupId: fc.constantFrom(...GROUPS), loadMs }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('hold' as const), times: fc.constantFrom(1, 1, 2) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'release' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fail' as const),
      how: fc.constantFrom('drop', 'loseResponse', ...MARKER_ERRORS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 50, 100, 100, 300, 300, 500, 2_000, 21_000),
    }),
  },
)

/** What by chance alone would seldom come together: a marker is under way while another coordinator takes over. */
const takeover: fc.Arbitrary<readonly Action[]> = fc
  .record({ how: fc.constantFrom('commit' as const, 'abort' as const), between: fc.array(action, { maxLength: 3 }) })
  .map(({ how, between }) => [
    { type: 'release' },
    { type: 'write', who: 0, partition: 'orders-0' },
    { type: 'hold', times: 1 },
    { type: 'end', who: 0, how, isAnswerLost: false },
    { type: 'lose', of: 'a', loadMs: 0 },
    ...between,
    { type: 'write', who: 0, partition: 'orders-0' },
    { type: 'release' },
  ])
const history = fc
  .array(fc.oneof({ weight: 15, arbitrary: action.map((each) => [each]) }, { weight: 1, arbitrary: takeover }), {
    minLength: 20,
    maxLength: 50,
    size: 'max',
  })
  .map((parts): readonly Action[] => parts.flat())

/** What a producer has written since its transaction began. */
interface ModelTransaction {
  readonly values: string[]
  readonly offsets: { readonly groupId: string; readonly offset: number }[]
  isCommitted: boolean
}

interface Actor extends TestProducer {
  transaction: ModelTransaction
  /** How it has asked to end its transaction, where it has no answer: it asks nothing else. */
  inDoubt: 'commit' | 'abort' | null
  readonly isOld: boolean
}

/** The world, and beside it what was answered. */
class Beside {
  readonly world = new TransactionWorld({ transactionStateLogNumPartitions: 2, offsetsTopicNumPartitions: 2 })
  readonly #actors: readonly Actor[]
  readonly #transactions: ModelTransaction[] = []
  readonly #seen = new Map<string, { readonly stable: number; readonly values: readonly unknown[] }>()
  #count = 0

  /** Kafka takes a fenced producer for one that asks again where two of one id speak different versions: here they do not. */
  constructor(areOld: { readonly a: boolean; readonly b: boolean }) {
    this.#actors = (['a', 'a', 'b'] as const).map((transactionalId) => ({
      transactionalId,
      producerId: -1,
      producerEpoch: -1,
      sequences: new Map(),
      transaction: this.#begin(),
      inDoubt: null,
      isOld: areOld[transactionalId],
    }))
    // The first is not fenced at first.
    for (const actor of [...this.#actors].reverse())
      this.#init(actor, { isKnown: false, timeoutMs: LONGEST_TIMEOUT_MS })
  }

  async act(action: Action): Promise<void> {
    const { world } = this
    const faults = faultsOf(world.kafka)
    switch (action.type) {
      case 'init':
        return this.#init(this.#actor(action.who), action)
      case 'write':
        return this.#write(this.#actor(action.who), action.partition)
      case 'offset':
        return this.#offset(this.#actor(action.who), action.groupId)
      case 'end':
        return this.#end(this.#actor(action.who), action.how, action.isAnswerLost)
      case 'lose':
        return loseCoordinator(world.kafka, { transactionalId: action.of }, { loadMs: action.loadMs })
      case 'loseGroup':
        return loseCoordinator(world.kafka, action.groupId, { loadMs: action.loadMs })
      case 'hold':
        faults.on('WriteTxnMarkers').times(action.times).hold()
        return
      case 'release':
        faults.clear()
        return await world.clock.settle()
      case 'fail': {
        const rule = faults.on('WriteTxnMarkers')
        if (action.how === 'drop' || action.how === 'loseResponse') rule[action.how]()
        else rule.fail(action.how)
        return
      }
      case 'pass':
        await world.clock.advance(action.ms)
    }
  }

  /** What must be so at any time. */
  check(): void {
    for (const partition of PARTITIONS) {
      const before = this.#seen.get(partition) ?? { stable: 0, values: [] }
      const stable = this.world.log(partition).lastStableOffset
      const values = this.world.readCommitted(partition)
      expect(stable, `last stable offset of ${partition}`).toBeGreaterThanOrEqual(before.stable)
      expect(values.slice(0, before.values.length), `what was read of ${partition}`).toEqual(before.values)
      expect(this.#committedValues(), `what can be read of ${partition}`).toEqual(expect.arrayContaining(values))
      this.#seen.set(partition, { stable, values })
    }
    const views = [...['a', 'b'].map((id) => this.world.views(id)), ...GROUPS.map((id) => this.world.groupViews(id))]
    for (const { live, rebuilt } of views) {
      if (live !== 'COORDINATOR_LOAD_IN_PROGRESS') expect(live).toEqual(rebuilt)
    }
  }

  /** What must be so once nothing goes wrong any more, and every transaction has ended. */
  async checkEnd(): Promise<void> {
    faultsOf(this.world.kafka).clear()
    await this.world.clock.advance(LONGEST_TIMEOUT_MS + 1_000)
    this.check()
    expect(inspect(this.world.kafka).transactions().open).toEqual([])
    const committed = new Set<unknown>(this.#committedValues())
    for (const partition of PARTITIONS) {
      const log = this.world.log(partition)
      expect(log.lastStableOffset).toBe(log.endOffset)
      const all = this.world.contents(partition)
      const wanted = all.filter((value) => committed.delete(value))
      expect(this.world.readCommitted(partition)).toEqual(wanted)
    }
    expect([...committed], 'committed, and nowhere').toEqual([])
    for (const groupId of GROUPS) {
      expect(this.world.committed(groupId, { isStable: true })).toBe(this.#committedOffset(groupId))
    }
    await this.world.kafka.close()
  }

  #actor(index: number): Actor {
    const actor = this.#actors[index]
    if (actor === undefined) throw new Error('there is no such producer')
    return actor
  }

  #begin(): ModelTransaction {
    const transaction = { values: [], offsets: [], isCommitted: false }
    this.#transactions.push(transaction)
    return transaction
  }

  #init(actor: Actor, { isKnown, timeoutMs }: { readonly isKnown: boolean; readonly timeoutMs: number }): void {
    const answer = this.world.init(actor, { isKnown: isKnown && actor.producerId >= 0, timeoutMs })
    if (answer !== 'NONE') return
    actor.transaction = this.#begin()
    actor.inDoubt = null
  }

  #write(actor: Actor, partition: string): void {
    if (actor.producerId < 0 || actor.inDoubt) return
    const added = actor.isOld ? this.world.add(actor, partition)[0] : 'NONE'
    if (added !== 'NONE') {
      this.#beginAnewIfFenced(actor, added)
      return
    }
    const value = `${partition} ${this.#count++}`
    const answer = this.world.write(actor, partition, [value], actor.isOld ? 11 : undefined)
    if (answer === 'NONE') actor.transaction.values.push(value)
    else this.#beginAnewIfFenced(actor, answer)
  }

  /** One of them is a zombie, which goes on. */
  #beginAnewIfFenced(actor: Actor, error: unknown): void {
    const isFenced = error === 'INVALID_PRODUCER_EPOCH' || error === 'PRODUCER_FENCED'
    if (!isFenced || actor === this.#actors[1]) return
    this.#init(actor, { isKnown: false, timeoutMs: LONGEST_TIMEOUT_MS })
  }

  #offset(actor: Actor, groupId: string): void {
    const { transactionalId, producerId, producerEpoch, isOld, inDoubt } = actor
    if (producerId < 0 || inDoubt) return
    if (isOld) {
      const request = { transactionalId, producerId, producerEpoch, groupId }
      if (this.world.ask('AddOffsetsToTxn', request).errorCode !== 0) return
    }
    const offset = this.#count++
    const answer = this.world.commitOffset(actor, groupId, offset, {}, isOld ? 4 : undefined)
    if (answer === 'NONE') actor.transaction.offsets.push({ groupId, offset })
  }

  #end(actor: Actor, wanted: 'commit' | 'abort', isAnswerLost: boolean): void {
    if (actor.producerId < 0) return
    const how = actor.inDoubt ?? wanted
    const asked = isAnswerLost ? { ...actor, sequences: new Map() } : actor
    const answer = this.world.end(asked, how, actor.isOld ? 4 : 5)
    if (isAnswerLost) actor.inDoubt = how
    if (answer !== 'NONE') return
    if (how === 'commit') actor.transaction.isCommitted = true
    if (isAnswerLost) return
    actor.transaction = this.#begin()
    actor.inDoubt = null
  }

  #committedValues(): string[] {
    return this.#transactions.flatMap(({ isCommitted, values }) => (isCommitted ? values : []))
  }

  /** Offsets are numbered as they were sent, and the last that was committed counts. */
  #committedOffset(groupId: string): number {
    const offsets = this.#transactions.flatMap((each) => (each.isCommitted ? each.offsets : []))
    return Math.max(-1, ...offsets.flatMap((each) => (each.groupId === groupId ? [each.offset] : [])))
  }
}

test('read_committed sees what was committed, whatever else happens', async () => {
  const areOld = fc.record({ a: fc.boolean(), b: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(areOld, history, async (old, actions) => {
      const beside = new Beside(old)
      for (const each of actions) {
        await beside.act(each)
        beside.check()
      }
      await beside.checkEnd()
    }),
    { numRuns: 60 },
  )
}, 120_000)
