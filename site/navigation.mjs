/** The order of the pages: that of the table on the front page, whose rows are the groups. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chineseTitleOf, pages, ROOT, SHARED_PAGES, sitePath, targetOf, titleOf } from './repository.mjs';

const ROW = /^\|([^|]+)\|(.+)\|$/gm;
const LINK = /\]\(([^)#:]+\.md)(?:#[^)]*)?\)/g;

/** The groups of one language, each with its pages. */
export function groupsOf(frontPage) {
  const [, ...parts] = readFileSync(join(ROOT, frontPage), 'utf8').split(/^## /m);
  const table = parts
    .map((part) => [...part.matchAll(ROW)])
    .find((rows) => rows.some(([, , cell]) => linksIn(cell).length > 0));
  if (table === undefined) throw new Error(`${frontPage} has no table of pages`);
  return table
    .map(([, title, cell]) => ({ title: title.trim(), links: linksIn(cell) }))
    .filter(({ links }) => links.length > 0)
    .map(({ title, links }) => ({
      title: title[0].toUpperCase() + title.slice(1),
      pages: links.map((link) => targetOf(frontPage, link)),
    }));
}

function linksIn(cell) {
  return [...cell.matchAll(LINK)].map(([, link]) => link);
}

/** The pages that a page links to, in order. */
function linkedFrom(page) {
  return linksIn(readFileSync(join(ROOT, page), 'utf8')).map((link) => targetOf(page, link));
}

/** The sidebar of one language in VitePress's form. @throws Error when a page is missing in the table */
export function sidebarOf(frontPage, isOfLanguage) {
  const all = pages().filter((page) => isOfLanguage(sitePath(page)));
  const shown = new Set([frontPage]);
  const item = (page) => {
    shown.add(page);
    const below = all.filter((other) => other.startsWith(page.replace(/\.md$/, '/')));
    const order = below.length === 0 ? [] : linkedFrom(page);
    below.sort((one, other) => order.indexOf(one) - order.indexOf(other));
    const more = below.length === 0 ? {} : { collapsed: true, items: below.map(item) };
    const isForBoth = isOfLanguage('zh/index.md') && SHARED_PAGES.includes(page);
    return { text: isForBoth ? chineseTitleOf(page) : titleOf(page), link: linkTo(page), ...more };
  };
  const groups = groupsOf(frontPage).map(({ title, pages: ofGroup }) => ({
    text: title,
    items: ofGroup.map(item),
  }));
  // What the front page links to outside its table, and what lies beside `docs/`, follows at the end.
  const linked = linkedFrom(frontPage);
  const others = all.filter((page) => linked.includes(page) || !page.startsWith('docs/'));
  groups.at(-1).items.push(...others.filter((page) => !shown.has(page)).map(item));
  const missing = all.filter((page) => !shown.has(page));
  if (missing.length > 0) throw new Error(`${frontPage} does not list ${missing.join(', ')}`);
  return groups;
}

/** The address of a page on the site. */
export function linkTo(page) {
  return `/${sitePath(page)
    .replace(/(^|\/)index\.md$/, '$1')
    .replace(/\.md$/, '')}`;
}
