// The package brings no types.
declare module 'murmurhash-js' {
  const murmurhash: { murmur2(text: string, seed: number): number }
  export = murmurhash
}
