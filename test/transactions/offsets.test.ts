// Offsets that are committed inside transactions: they count when theirs is committed.
import { describe, expect, test } from 'vitest'
import { TransactionWorld } from '../support/transaction-world.ts'

describe('an offset sent in a transaction', () => {
  test('is seen when the transaction is committed, and is gone when it is aborted', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.commitOffset(producer, 'g', 3)).toBe('NONE')
    expect(world.committed('g')).toBe(-1)
    expect(world.end(producer, 'commit')).toBe('NONE')
    expect(world.committed('g')).toBe(3)
    world.commitOffset(producer, 'g', 7)
    world.commitOffset(producer, 'g', 8)
    world.end(producer, 'abort')
    expect(world.committed('g')).toBe(3)
  })

  test('sends away who requires what is stable, while the transaction is open', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.commitOffset(producer, 'g', 3)
    expect(world.committed('g', { isStable: true })).toBe('UNSTABLE_OFFSET_COMMIT')
    world.end(producer, 'commit')
    expect(world.committed('g', { isStable: true })).toBe(3)
  })

  test('is still pending for the next coordinator of the group, and then counts', () => {
    const world = new TransactionWorld()
    const [one, two] = [world.started('one'), world.started('two')]
    world.commitOffset(one, 'g', 3)
    world.commitOffset(two, 'h', 4)
    world.end(two, 'commit')
    for (const groupId of ['g', 'h']) world.broker.groups.lose(groupId)
    expect(world.committed('g', { isStable: true })).toBe('UNSTABLE_OFFSET_COMMIT')
    expect(world.committed('h', { isStable: true })).toBe(4)
    world.end(one, 'commit')
    expect(world.committed('g')).toBe(3)
    world.broker.groups.lose('g')
    expect(world.committed('g')).toBe(3)
  })

  test('loses against a later one that was committed without a transaction', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.commitOffset(producer, 'g', 3)
    await world.kafka.admin().alterConsumerGroupOffsets('g', [{ topic: 'orders', partition: 0, offset: 9 }])
    world.end(producer, 'commit')
    expect(world.committed('g')).toBe(9)
    world.broker.groups.lose('g')
    expect(world.committed('g')).toBe(9)
  })

  test('must come from a member of now where it says it comes from a member', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.commitOffset(producer, 'g', 3, { generationId: 1, memberId: 'm' })).toBe('ILLEGAL_GENERATION')
    const consumer = world.kafka.consumer({ groupId: 'g', topics: ['orders'] })
    const polling = consumer.poll({ timeoutMs: 1_000 })
    await world.clock.advance(1_000)
    await polling
    const { generation: generationId, memberId } = consumer.groupMetadata()
    expect(world.commitOffset(producer, 'g', 3, { generationId, memberId: 'stranger' })).toBe('UNKNOWN_MEMBER_ID')
    expect(world.commitOffset(producer, 'g', 3, { generationId: generationId + 1, memberId })).toBe(
      'ILLEGAL_GENERATION',
    )
    expect(world.commitOffset(producer, 'g', 3, { generationId, memberId })).toBe('NONE')
    // Of nobody: the group's members do not matter.
    expect(world.commitOffset(producer, 'g', 4)).toBe('NONE')
    world.end(producer, 'commit')
    expect(world.committed('g')).toBe(4)
    await consumer.close()
  })

  test('is told when it counts, and expires like any other', async () => {
    const world = new TransactionWorld({ offsetsRetentionMinutes: 60 })
    const told: unknown[] = []
    world.kafka.events.on('offsetsCommitted', (event) => told.push(event))
    const [one, two] = [world.started('one'), world.started('two')]
    world.commitOffset(one, 'g', 3)
    world.commitOffset(two, 'g', 4)
    world.commitOffset(two, 'h', 5)
    expect(told).toEqual([])
    world.end(two, 'commit')
    // The other one's offset stands before it.
    world.end(one, 'commit')
    world.commitOffset(one, 'g', 6)
    world.end(one, 'abort')
    const committed = {
      type: 'offsetsCommitted',
      groupId: 'g',
      offsets: [{ topic: 'orders', partition: 0, offset: 4 }],
    }
    expect(told).toEqual([
      committed,
      { ...committed, groupId: 'h', offsets: [{ topic: 'orders', partition: 0, offset: 5 }] },
    ])
    await world.clock.advance(59 * 60_000)
    expect([world.committed('g'), world.committed('h')]).toEqual([4, 5])
    await world.clock.advance(11 * 60_000)
    expect([world.committed('g'), world.committed('h')]).toEqual([-1, -1])
    await world.kafka.close()
  })

  test('that is aborted leaves no group behind', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.commitOffset(producer, 'g', 3)
    expect(await world.kafka.admin().listGroups()).toMatchObject([{ groupId: 'g' }])
    expect(await world.kafka.admin().describeGroups(['g'])).toMatchObject([{ state: 'Empty' }])
    world.end(producer, 'abort')
    await world.clock.advance(10 * 60_000)
    expect(await world.kafka.admin().listGroups()).toEqual([])
    await world.kafka.close()
  })

  test('keeps its group from expiring, and goes with the group when that is deleted', async () => {
    const world = new TransactionWorld({ transactionMaxTimeoutMs: 2 ** 31 - 1 })
    const producer = world.started('t', 2 ** 31 - 1)
    await world.kafka.admin().alterConsumerGroupOffsets('g', [{ topic: 'orders', partition: 0, offset: 1 }])
    world.commitOffset(producer, 'g', 3)
    await world.clock.advance(8 * 86_400_000)
    expect(world.committed('g')).toBe(1)
    await world.kafka.admin().deleteGroups(['g'])
    world.end(producer, 'commit')
    expect(world.committed('g')).toBe(-1)
  })

  test('is refused, with all that it would have begun, of a producer that is fenced', () => {
    const world = new TransactionWorld()
    const old = world.started('t')
    world.started('t')
    expect(world.commitOffset(old, 'g', 3)).toBe('PRODUCER_FENCED')
    expect(world.state('t')).toBe('Empty 0/1')
  })

  test('before KIP-890 needs its group to be added first', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.commitOffset(producer, 'g', 3, {}, 4)).not.toBe('NONE')
    const { transactionalId, producerId, producerEpoch } = producer
    const added = world.ask('AddOffsetsToTxn', { transactionalId, producerId, producerEpoch, groupId: 'g' })
    expect(added.errorCode).toBe(0)
    expect(world.commitOffset(producer, 'g', 3, {}, 4)).toBe('NONE')
    expect(world.end(producer, 'commit', 4)).toBe('NONE')
    expect(world.committed('g')).toBe(3)
  })
})
