// The playground as a static site that asks nobody for anything.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

/** Not while it is being worked on: Vite then talks to its server. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      injectTo: 'head-prepend',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content:
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
      },
    },
  ],
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [contentSecurityPolicy],
  resolve: {
    // By its name, as users import it; from its source, so that the bundler leaves out what the page does not use.
    alias: [
      { find: /^kafkalet$/, replacement: source('index.ts') },
      { find: /^kafkalet\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
})
