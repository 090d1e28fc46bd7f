import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defineConfig, type DefaultTheme, type MarkdownRenderer } from 'vitepress'

type Token = ReturnType<MarkdownRenderer['parse']>[number]

// The pages are the repository's own Markdown, where it lies: what is read there is what is read here.
const site = resolve(import.meta.dirname, '..')
const root = resolve(site, '../..')

const titleOf = (path: string) => /^# (.+)$/m.exec(readFileSync(join(root, path), 'utf8'))?.[1] ?? path

const page = (path: string, text = titleOf(path)): DefaultTheme.SidebarItem => ({ text, link: '/' + path.replace(/\.md$/, '') })

const filesOf = (folder: string) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).filter(name => name.endsWith('.md')).sort().map(name => `${folder}/${name}`) : []

const packages = readdirSync(join(root, 'src')).sort().map(name => `src/${name}/README.md`).filter(path => existsSync(join(root, path)))

const groups: [string, string[]][] = [
  ['Guides', filesOf('docs/guides')],
  ['Handbook', filesOf('docs/handbook')],
  ['Reference', filesOf('docs').concat(filesOf('docs/reference'), 'packaging/README.md', 'fuzz/README.md', 'conformance/README.md', 'bench/README.md', 'samples/complete/README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md')],
  ['Decisions', filesOf('docs/decisions')],
]

// Pages link to sources, folders and files of the repository, too. A folder is its README; what is no page is named without a link.
// What is not there is left as it is, and the build fails on it.
function linkInsideSite(tokens: Token[], folder: string) {
  let isOpen = true
  for (const token of tokens) {
    const href = token.type === 'link_open' ? token.attrGet('href') ?? '' : ''
    if (token.type === 'link_close' && !isOpen) {
      token.type = 'text'
      token.nesting = 0
      isOpen = true
    }

    if (href === '' || /^([a-z]+:|#)/i.test(href)) {
      continue
    }

    const [path, anchor] = href.split('#')
    const target = resolve(root, folder, path)
    if (!existsSync(target) || target.endsWith('.md')) {
      continue
    }

    if (existsSync(join(target, 'README.md'))) {
      token.attrSet('href', join(path, 'README.md') + (anchor ? '#' + anchor : ''))
      continue
    }

    token.type = 'text'
    token.nesting = 0
    isOpen = false
  }
}

export default defineConfig({
  title: 'Weft',
  description: 'Mechanisms of cloud networks, each an independent .NET package, and a switch of them all.',
  srcDir: root,
  srcExclude: ['**/node_modules/**', '**/bin/**', '**/obj/**', '**/artifacts/**', 'docs/site/**'],
  rewrites: { 'README.md': 'index.md' },
  cacheDir: resolve(root, 'artifacts/site-cache'),
  outDir: resolve(root, 'artifacts/site'),
  cleanUrls: true,
  markdown: {
    // Angle brackets in text are placeholders, not components.
    html: false,
    languageAlias: { console: 'shellsession' },
    config: md => md.core.ruler.push('repository-links', state => {
      for (const token of state.tokens) {
        linkInsideSite(token.children ?? [], dirname(state.env.relativePath))
      }
    }),
  },
  vite: {
    // The pages lie outside of the folder that has the packages.
    resolve: {
      alias: [
        { find: /^vue$/, replacement: resolve(site, 'node_modules/vue/dist/vue.runtime.esm-bundler.js') },
        { find: /^vue\/server-renderer$/, replacement: resolve(site, 'node_modules/vue/server-renderer/index.mjs') },
      ],
    },
    build: { chunkSizeWarningLimit: 2000 },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/docs/guides/live-switch' },
      { text: 'Packages', link: '/src/Packets/README' },
      { text: 'Architecture', link: '/docs/architecture' },
    ],
    sidebar: [
      page('docs/architecture.md'),
      { text: 'Packages', collapsed: true, items: packages.map(path => page(path)) },
      ...groups.filter(([, files]) => files.length > 0).map(([text, files]) => ({
        text,
        collapsed: text !== 'Guides',
        items: files.filter(path => existsSync(join(root, path)) && path !== 'docs/architecture.md').map(path => page(path)),
      })),
    ],
  },
})
