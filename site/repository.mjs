/** Which files of the repository are pages of the site, and where the rest of a link leads. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRONT_PAGES = { 'README.md': 'index.md', 'README.zh-CN.md': 'zh/index.md' };
/** Pages beside `docs/`, each for both languages. */
export const SHARED_PAGES = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'];

/** The path of a page below the site's root, by its path in the repository; undefined for what is no page. */
export function sitePath(path) {
  if (Object.hasOwn(FRONT_PAGES, path)) return FRONT_PAGES[path];
  if (SHARED_PAGES.includes(path)) return path.toLowerCase();
  return path.startsWith('docs/') && path.endsWith('.md') ? path.slice('docs/'.length) : undefined;
}

/** All pages, by their paths in the repository. */
export function pages() {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true }).map((file) => join('docs', file));
  return [...Object.keys(FRONT_PAGES), ...SHARED_PAGES, ...docs].filter(
    (path) => existsSync(join(ROOT, path)) && sitePath(path) !== undefined,
  );
}

/** What lies at the top of the repository and holds no page, as patterns. */
export function foldersWithoutPages() {
  const kept = new Set(pages().map((path) => path.split('/')[0]));
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => !kept.has(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/**` : entry.name));
}

/**
 * Where a relative link of a page leads, as a path of the repository.
 * @throws Error when there is nothing
 */
export function targetOf(page, link) {
  const target = relative(ROOT, join(ROOT, dirname(page), decodeURI(link))) || '.';
  if (target.startsWith('..') || !existsSync(join(ROOT, target)))
    throw new Error(`${page} links to ${link}, which does not exist`);
  return target.replace(/\/$/, '');
}

export function isFolder(path) {
  return statSync(join(ROOT, path)).isDirectory();
}

/** The title of a page. */
export function titleOf(path) {
  return titlesIn(path)[0] ?? path;
}

/** The title of the Chinese part of a page for both languages; that of the page if it has no such part. */
export function chineseTitleOf(path) {
  return titlesIn(path).find((title) => /\p{Script=Han}/u.test(title)) ?? titleOf(path);
}

function titlesIn(path) {
  const prose = readFileSync(join(ROOT, path), 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/^# (.+)$/gm)].map(([, title]) => title);
}
