// What a record is made of.

/** A record's key or value as the log holds it. A string stands for its UTF-8 bytes. */
export type Payload = string | Uint8Array | null

/** A record's headers in their order; a name may occur more than once. */
export type Headers = ReadonlyArray<readonly [name: string, value: Uint8Array]>

export type TimestampType = 'CreateTime' | 'LogAppendTime'

export const NO_HEADERS: Headers = Object.freeze([])
