import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'

/** Names the files in index.html by their digests, so that browsers may keep them for ever. */
function versions(): Plugin {
  return {
    name: 'versions',
    apply: 'build',
    writeBundle({ dir }) {
      const file = (name: string) => `${dir}/${name}`
      const digest = (name: string) => createHash('sha256').update(readFileSync(file(name))).digest('hex').slice(0, 12)
      const page = readFileSync(file('index.html'), 'utf8')
      const named = page.replace(/"\/(app\.js|app\.css|icon\.svg)"/g, (_, name) => `"/${name}?v=${digest(name)}"`)
      writeFileSync(file('index.html'), named.replace(/ crossorigin/g, ''))
    },
  }
}

const service = process.env.BITGAUGE_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [versions()],
  // calls of h with children as arguments are shorter than objects that hold them
  oxc: { jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' }, jsxInject: "import { h, Fragment } from 'preact'" },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      output: { entryFileNames: 'app.js', chunkFileNames: '[name].js', assetFileNames: 'app[extname]' },
    },
  },
  // `npm run preview` shows the built page before a service that runs
  preview: { proxy: { '/v1': service, '/docs': service, '/openapi': service, '/readyz': service, '/livez': service } },
})
