// Jest reads TypeScript through a transform: ts-jest, @swc/jest, or these lines with esbuild.
const { transformSync } = require('esbuild')

module.exports = {
  process: (code, sourcefile) =>
    transformSync(code, { loader: 'ts', format: 'esm', target: 'node20', sourcefile, sourcemap: 'inline' }),
}
