import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { checkAnchors } from '../check-anchors.mjs';
import { copyFiles, writeRedirect } from '../copy-files.mjs';
import { repositoryLinks, slugify } from '../markdown.mjs';
import { linkTo, sidebarOf } from '../navigation.mjs';
import { SHARED_PAGES, foldersWithoutPages, ROOT, sitePath } from '../repository.mjs';
import { CHINESE_SEARCH, tokenize } from '../search.mjs';

/** Path under which the site is served, with a slash at both ends. */
const base = process.env['SITE_BASE'] ?? '/';
const icon = readFileSync(join(ROOT, 'src', 'ui', 'page', 'icon.svg'), 'utf8');
const files = new Set();
const sharedPages = SHARED_PAGES.map(linkTo);
const VUE = join(ROOT, 'site', 'node_modules', 'vue');

export default defineConfig({
  title: 'LLM Gateway',
  base,
  srcDir: ROOT,
  srcExclude: foldersWithoutPages(),
  outDir: join(ROOT, 'site', 'dist'),
  cacheDir: join(ROOT, 'site', 'node_modules', '.cache'),
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }],
  ],
  rewrites: (page) => sitePath(page) ?? page,
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  // The pages lie outside the folder in which Vue is installed.
  vite: { resolve: { alias: [{ find: /^vue(\/server-renderer)?$/, replacement: `${VUE}$1` }] } },
  markdown: { anchor: { slugify }, config: repositoryLinks(files, base) },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      description: 'One address for all model services of a team',
      themeConfig: {
        nav: [{ text: 'Settings', link: linkTo('docs/reference/settings.md') }],
        sidebar: sidebarOf('README.md', (page) => !page.startsWith('zh/')),
        outline: { level: [2, 3] },
      },
    },
    zh: {
      label: '中文',
      lang: 'zh-CN',
      description: '团队所有模型服务的统一入口',
      themeConfig: {
        nav: [{ text: '配置项', link: linkTo('docs/zh/reference/settings.md') }],
        sidebar: sidebarOf('README.zh-CN.md', (page) => page.startsWith('zh/')),
        outline: { level: [2, 3], label: '本页目录' },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '外观',
        lightModeSwitchTitle: '浅色',
        darkModeSwitchTitle: '深色',
        sidebarMenuLabel: '目录',
        returnToTopLabel: '回到顶部',
        langMenuLabel: '语言',
        skipToContentLabel: '跳到正文',
        notFound: {
          title: '找不到页面',
          quote: '此地址没有页面。',
          linkText: '回到首页',
          linkLabel: '回到首页',
        },
      },
    },
  },
  themeConfig: {
    sharedPages,
    search: {
      provider: 'local',
      options: {
        locales: { zh: { translations: CHINESE_SEARCH } },
        miniSearch: { options: { tokenize }, searchOptions: { combineWith: 'AND' } },
      },
    },
  },
  buildEnd({ outDir }) {
    copyFiles(files, outDir);
    for (const path of sharedPages) writeRedirect(join(outDir, `zh${path}.html`), `${base}zh/`);
    checkAnchors(outDir, base);
  },
});
