// What is measured, and what is required of it.

import type { Variant } from './variant-process.ts'

export const variants = {
  limit: { file: 'limit' },
  'each-batch': { file: 'stream', arguments: ['eachBatch'] },
  'each-record': { file: 'stream', arguments: ['eachRecord'] },
  send: { file: 'send' },
  warm: { file: 'warm-start' },
  cold: { file: 'cold-start' },
  instance: { file: 'instance' },
  day: { file: 'day' },
  idle: { file: 'idle-delivery' },
  memory: { file: 'memory', nodeOptions: ['--expose-gc'] },
  'partitions-1': { file: 'partitions', arguments: ['1'] },
  'partitions-1024': { file: 'partitions', arguments: ['1024'] },
  unnumbered: { file: 'producers', arguments: ['unnumbered'] },
  idempotent: { file: 'producers', arguments: ['idempotent'] },
  transactional: { file: 'producers', arguments: ['transactional'] },
  'read-uncommitted': { file: 'read', arguments: ['read_uncommitted'] },
  'read-committed': { file: 'read', arguments: ['read_committed'] },
  'groups-1': { file: 'groups', arguments: ['1'], nodeOptions: ['--expose-gc'] },
  'groups-100': { file: 'groups', arguments: ['100'], nodeOptions: ['--expose-gc'] },
  'range-100': { file: 'rebalance', arguments: ['100', 'range'] },
  'range-1000': { file: 'rebalance', arguments: ['1000', 'range'] },
  'cooperative-100': { file: 'rebalance', arguments: ['100', 'cooperative-sticky'] },
  'cooperative-1000': { file: 'rebalance', arguments: ['1000', 'cooperative-sticky'] },
  'gap-run': { file: 'gap', arguments: ['run'] },
  'gap-for-await': { file: 'gap', arguments: ['for await'] },
} as const satisfies Record<string, Variant>

export type VariantName = keyof typeof variants

/** A quantity that a variant has measured in this round. */
export type Lookup = (variant: VariantName, quantity: string) => number

export interface Row {
  /** For --only. */
  readonly name: string
  readonly what: string
  readonly variants: readonly VariantName[]
  /** From the measurements of one round: what belongs together was measured close together. */
  of(measured: Lookup): number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

export const rows: readonly Row[] = [
  {
    name: 'each-batch',
    what: 'sendBatch of 100 + run({ eachBatch }) in a group, rate ÷ LIMIT',
    variants: ['limit', 'each-batch'],
    of: (measured) => measured('limit', 'ms') / measured('each-batch', 'ms'),
    unit: '',
    atLeast: 0.6,
  },
  {
    name: 'each-record',
    what: 'sendBatch of 100 + run({ eachRecord }), async handler, rate ÷ LIMIT',
    variants: ['limit', 'each-record'],
    of: (measured) => measured('limit', 'ms') / measured('each-record', 'ms'),
    unit: '',
    atLeast: 0.3,
  },
  {
    name: 'send',
    what: 'await send(one), time ÷ awaiting a resolved promise',
    variants: ['send'],
    of: (measured) => measured('send', 'sendNs') / measured('send', 'resolvedNs'),
    unit: '',
    atMost: 6,
  },
  {
    name: 'warm',
    what: 'new instance, topic, produce 1, new group consumes 1, close; warm',
    variants: ['warm'],
    of: (measured) => measured('warm', 'ms'),
    unit: 'ms',
    atMost: 0.2,
  },
  {
    name: 'cold',
    what: 'the same cold, import included, to the record',
    variants: ['cold'],
    of: (measured) => measured('cold', 'ms'),
    unit: 'ms',
    atMost: 20,
  },
  {
    name: 'instance',
    what: 'new instance, close; warm',
    variants: ['instance'],
    of: (measured) => measured('instance', 'us'),
    unit: 'µs',
    atMost: 30,
  },
  {
    name: 'thousand-instances',
    what: 'the same 1 000 times, the first of a process',
    variants: ['instance'],
    of: (measured) => measured('instance', 'firstMs'),
    unit: 'ms',
    atMost: 1_000,
  },
  {
    name: 'day',
    what: 'a day of a ManualClock, 100 consumers of a group in run, nothing to read',
    variants: ['day'],
    of: (measured) => measured('day', 'seconds'),
    unit: 's',
    atMost: 1,
  },
  {
    name: 'idle',
    what: 'idle consumer, produce to delivery',
    variants: ['idle'],
    of: (measured) => measured('idle', 'us'),
    unit: 'µs',
    atMost: 50,
  },
  {
    name: 'memory',
    what: 'memory beyond payload, a record without headers',
    variants: ['memory'],
    of: (measured) => measured('memory', 'bytesPerRecord'),
    unit: 'bytes',
    atMost: 32,
  },
  {
    name: 'partitions',
    what: 'produce with 1 024 partitions ÷ with 1',
    variants: ['partitions-1', 'partitions-1024'],
    of: (measured) => measured('partitions-1024', 'ms') / measured('partitions-1', 'ms'),
    unit: '',
    atMost: 2,
  },
  {
    name: 'idempotence',
    what: 'sendBatch of 100, time with idempotence ÷ without',
    variants: ['unnumbered', 'idempotent'],
    of: (measured) => measured('idempotent', 'ms') / measured('unnumbered', 'ms'),
    unit: '',
    atMost: 1.05,
  },
  {
    name: 'transactions',
    what: 'transactions of 100 records, rate ÷ the rate without',
    variants: ['idempotent', 'transactional'],
    of: (measured) => measured('idempotent', 'ms') / measured('transactional', 'ms'),
    unit: '',
    atLeast: 0.5,
  },
  {
    name: 'read-committed',
    what: 'read_committed where nothing is aborted, time ÷ read_uncommitted',
    variants: ['read-uncommitted', 'read-committed'],
    of: (measured) => measured('read-committed', 'ms') / measured('read-uncommitted', 'ms'),
    unit: '',
    atMost: 1.1,
  },
  {
    name: 'groups',
    what: 'delivery with 100 groups ÷ with 1, per record delivered',
    variants: ['groups-1', 'groups-100'],
    of: (measured) => measured('groups-100', 'ms') / measured('groups-1', 'ms'),
    unit: '',
    atMost: 1.2,
  },
  {
    name: 'group-storage',
    what: 'what a group keeps of each record that it has read',
    variants: ['groups-100'],
    of: (measured) => measured('groups-100', 'bytesPerDelivery'),
    unit: 'bytes',
    atMost: 0.5,
  },
  {
    name: 'rebalance-range',
    what: 'range: a member of 1 000 on 1 000 partitions settles ÷ one of 100 on 100',
    variants: ['range-100', 'range-1000'],
    of: (measured) => measured('range-1000', 'usPerMember') / measured('range-100', 'usPerMember'),
    unit: '',
    atMost: 5,
  },
  {
    name: 'rebalance-cooperative',
    what: 'the same, cooperative-sticky',
    variants: ['cooperative-100', 'cooperative-1000'],
    of: (measured) => measured('cooperative-1000', 'usPerMember') / measured('cooperative-100', 'usPerMember'),
    unit: '',
    atMost: 5,
  },
  {
    name: 'rebalance-loss',
    what: 'range: one of 1 000 leaves, how often each other one is given its partitions',
    variants: ['range-1000'],
    of: (measured) => measured('range-1000', 'mostServed'),
    unit: '',
    atMost: 1,
  },
  {
    name: 'rebalance-loss-cooperative',
    what: 'the same, cooperative-sticky',
    variants: ['cooperative-1000'],
    of: (measured) => measured('cooperative-1000', 'mostServed'),
    unit: '',
    atMost: 1,
  },
  {
    name: 'gap-run',
    what: 'longest gap of a 1 ms interval, 1M through run({ eachRecord })',
    variants: ['gap-run'],
    of: (measured) => measured('gap-run', 'ms'),
    unit: 'ms',
    atMost: 50,
  },
  {
    name: 'gap-for-await',
    what: 'longest gap of a 1 ms interval, 1M through for await',
    variants: ['gap-for-await'],
    of: (measured) => measured('gap-for-await', 'ms'),
    unit: 'ms',
    atMost: 50,
  },
]
