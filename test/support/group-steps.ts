// The steps of test/vectors/coordinator-scenarios.json: each kind of sentence, and what it does in a GroupWorld.
import {
  type Protocol,
  type Sender,
  sendCommit,
  sendDeleteGroups,
  sendDescribe,
  sendFetch,
  sendHeartbeat,
  sendJoin,
  sendLeave,
  sendList,
  sendOffsetDelete,
  sendSync,
  type Timeouts,
} from './group-requests.ts'
import type { GroupWorld } from './group-world.ts'

/** Kafka's initial rebalance delay, and the 10 ms after it at which Kafka's clock was looked at. */
const INITIAL_DELAY_MS = 3010

const RANGE: Protocol = { type: 'consumer', name: 'range' }
const CONNECT: Protocol = { type: 'connect', name: 'sessioned' }

type Words = (name: string) => string

interface Sentence {
  readonly says: RegExp
  readonly act: (world: GroupWorld, word: Words) => void | Promise<void>
}

const LABEL = String.raw`(?<label>\w+\((?<client>\w+)\)(?:#\d+)?)`
const MEMBER = String.raw`memberId=(?<memberId>\S+)(?: instanceId=(?<instance>\S+))?`

const sentences: readonly Sentence[] = [
  { says: /^advance clock (?<ms>\d+) ms$/, act: (world, word) => advance(world, Number(word('ms'))) },
  { says: /^coordinator failover: a new coordinator loads __consumer_offsets/, act: (world) => world.failOver() },
  {
    says: /^SETUP members \[(?<clients>[\w, ]+)\] .*session (?<session>\d+), rebalance (?<rebalance>\d+)\) .*-> Stable/,
    act: async (world, word) => {
      await formGroup(world, word('clients').split(', '), timeouts(word))
      await assignByLeader(world, word('clients').split(', '))
    },
  },
  {
    says: /^SETUP (?<clients>[\w,]+) joined \(session (?<session>\d+), rebalance (?<rebalance>\d+)\), generation 1$/,
    act: (world, word) => formGroup(world, word('clients').split(','), timeouts(word)),
  },
  {
    says: /^SETUP (?<clients>[\w,]+) joined, generation 1, CompletingRebalance$/,
    act: (world, word) => formGroup(world, word('clients').split(','), { session: 10_000, rebalance: 60_000 }),
  },
  {
    says: /^SETUP static (?:members )?(?<clients>\w\/\w+ \(leader\), \w\/\w+)(?:, session (?<session>\d+), rebalance (?<rebalance>\d+))?,? .*Stable/,
    act: async (world, word) => {
      const members = word('clients').replace(' (leader)', '').split(', ')
      const times = word('session') === '' ? { session: 10_000, rebalance: 60_000 } : timeouts(word)
      await formGroup(world, members, times)
      await assignByLeader(world, members)
    },
  },
  {
    says: /^SETUP connect worker (?<client>\w) in a Stable group$/,
    act: async (world, word) => {
      const member = { memberId: `id(${word('client')})`, groupInstanceId: null }
      await formGroup(world, [word('client')], { session: 10_000, rebalance: 60_000 }, CONNECT)
      sendSync(world, `sync(${word('client')})`, member, 1, new Map(), CONNECT)
      await world.clock.settle()
    },
  },
  {
    says: /^SETUP (?<client>\w) heartbeats every (?<every>\d+) s for (?<total>\d+) s$/,
    act: async (world, word) => {
      const everyMs = Number(word('every')) * 1000
      for (let leftMs = Number(word('total')) * 1000; leftMs > 0; leftMs -= everyMs) {
        await advance(world, everyMs)
        const member = { memberId: `id(${word('client')})`, groupInstanceId: null }
        sendHeartbeat(world, `heartbeat(${word('client')})`, member, 1)
      }
    },
  },
  {
    says: sentence(
      `${LABEL}: JoinGroup v(?<version>\\d+) ${MEMBER} protocolType='(?<type>\\w*)' protocols=(?<protocols>\\S+) ` +
        String.raw`session=(?<session>\d+) rebalance=(?<rebalance>\d+)`,
    ),
    act: (world, word) => {
      const protocols = [...word('protocols').matchAll(/(\w+)\[(\w+)\]/g)].map(([, name = '', topic = '']) => ({
        name,
        topics: [topic],
      }))
      const request = { ...sender(word), protocolType: word('type'), protocols, ...timeouts(word) }
      sendJoin(world, word('label'), word('client'), request, Number(word('version')))
    },
  },
  {
    says: sentence(
      `${LABEL}: SyncGroup ${MEMBER} generation=(?<generation>\\d+) protocol=(?<type>\\w+)/(?<name>\\w+) ` +
        String.raw`assignments=\{(?<assignments>.*)\}`,
    ),
    act: (world, word) => {
      const assignments = new Map(
        [...word('assignments').matchAll(/([\w()]+):'([^']*)'/g)].map(([, member = '', text = '']) => [member, text]),
      )
      const [generation, protocol] = [Number(word('generation')), { type: word('type'), name: word('name') }]
      sendSync(world, word('label'), sender(word), generation, assignments, protocol)
    },
  },
  {
    says: sentence(`${LABEL}: Heartbeat ${MEMBER} generation=(?<generation>\\d+)`),
    act: (world, word) => sendHeartbeat(world, word('label'), sender(word), Number(word('generation'))),
  },
  {
    says: sentence(`${LABEL}: LeaveGroup members=\\[(?<members>[^\\]]+)\\]`),
    act: (world, word) => sendLeave(world, word('label'), word('members').split(', ').map(named)),
  },
  {
    says: sentence(
      `${LABEL}: OffsetCommit v(?<version>\\d+) ${MEMBER} generation=(?<generation>-?\\d+) offsets=\\{(?<offsets>.+)\\}`,
    ),
    act: (world, word) => {
      const member = { ...sender(word), generation: Number(word('generation')) }
      sendCommit(world, word('label'), member, word('offsets').split(', '), Number(word('version')))
    },
  },
  {
    says: sentence(`${LABEL}: OffsetFetch (?:all|\\[(?<partitions>.+)\\]) requireStable=false`),
    act: (world, word) => sendFetch(world, word('label'), word('partitions').split(', ').filter(Boolean)),
  },
  {
    says: sentence(`${LABEL}: DescribeGroups v(?<version>\\d+) \\[grp\\]`),
    act: (world, word) => sendDescribe(world, word('label'), Number(word('version'))),
  },
  {
    says: sentence(`${LABEL}: ListGroups states=\\[(?<states>.*?)\\](?: types=\\[(?<types>.*)\\])?`),
    act: (world, word) => {
      const [states, types] = ['states', 'types'].map((name) => word(name).split(', ').filter(Boolean))
      sendList(world, word('label'), states ?? [], types)
    },
  },
  {
    says: sentence(`${LABEL}: OffsetDelete \\[(?<partitions>.+)\\]`),
    act: (world, word) => sendOffsetDelete(world, word('label'), word('partitions').split(', ')),
  },
  {
    says: sentence(`${LABEL}: DeleteGroups \\[(?<groups>.+)\\]`),
    act: (world, word) => sendDeleteGroups(world, word('label'), word('groups').split(', ')),
  },
]

/** Does what the text of a step says. */
export async function play(world: GroupWorld, text: string): Promise<void> {
  for (const { says, act } of sentences) {
    const found = says.exec(text)
    // A word that the sentence leaves out is empty.
    if (found) return act(world, (name) => found.groups?.[name] ?? '')
  }
  throw new Error(`no step says: ${text}`)
}

function sentence(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`)
}

async function advance(world: GroupWorld, ms: number): Promise<void> {
  await world.clock.advance(ms)
}

function timeouts(word: Words): Timeouts {
  return { session: Number(word('session')), rebalance: Number(word('rebalance')) }
}

function sender(word: Words): Sender {
  return { memberId: word('memberId'), groupInstanceId: word('instance') || null }
}

/** `id(A)/i1`, or the id alone. */
function named(text: string): Sender {
  const [memberId = '', groupInstanceId = null] = text.split('/')
  return { memberId, groupInstanceId }
}

/** Members as `A`, or `A/i1` where they are static: those need no id to join with. */
async function formGroup(
  world: GroupWorld,
  members: readonly string[],
  times: Timeouts,
  { type, name }: Protocol = RANGE,
): Promise<void> {
  const offer = { protocolType: type, protocols: [{ name, topics: ['orders'] }], ...times }
  for (const { memberId: client, groupInstanceId } of members.map(named)) {
    sendJoin(world, `join(${client})`, client, { memberId: "''", groupInstanceId, ...offer }, 9)
    await world.clock.settle()
    if (groupInstanceId !== null) continue
    sendJoin(world, `join(${client})#2`, client, { memberId: `id(${client})`, groupInstanceId, ...offer }, 9)
  }
  // Each one that comes within the delay makes it begin once more.
  for (const _ of members) await advance(world, INITIAL_DELAY_MS)
}

async function assignByLeader(world: GroupWorld, members: readonly string[]): Promise<void> {
  const clients = members.map(named)
  const assignments = new Map(clients.map(({ memberId: client }) => [`id(${client})`, `A-${client}`]))
  for (const [i, { memberId: client, groupInstanceId }] of clients.entries()) {
    const member = { memberId: `id(${client})`, groupInstanceId }
    sendSync(world, `sync(${client})`, member, 1, i === 0 ? assignments : new Map())
  }
  await world.clock.settle()
}
