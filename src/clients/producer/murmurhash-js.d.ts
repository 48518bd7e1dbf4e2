// The package brings no types.
declare module 'murmurhash-js/murmurhash2_gc.js' {
  function murmurhash2(text: string, seed: number): number
  export = murmurhash2
}
