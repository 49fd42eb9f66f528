/** What makes Markdown of the repository render on the site as it does where the repository is shown. */
import { relative } from 'node:path';
import { linkTo } from './navigation.mjs';
import { ROOT, sitePath, targetOf } from './repository.mjs';

/** Where files that are no pages lie on the site. */
export const FILES = '/files/';

/** The anchor of a heading, as GitHub makes it: https://github.com/Flet/github-slugger */
export function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * Leads relative links to pages of the site, and to copies of other files.
 * @param files collects these, by their paths in the repository
 * @param base path under which the site is served
 */
export function repositoryLinks(files, base) {
  return (markdown) => {
    markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
      const page = relative(ROOT, env.realPath ?? env.path);
      const links = tokens
        .flatMap(({ children }) => children ?? [])
        .filter(({ type }) => type === 'link_open');
      for (const link of links) lead(page, link, files, base);
      for (const token of tokens) {
        for (const each of [token, ...(token.children ?? [])]) if (each.type.startsWith('html')) relate(each);
      }
    });
  };
}

/** VitePress takes the path of a picture in HTML for a relative one only if it begins with a dot. */
function relate(token) {
  token.content = token.content.replaceAll(/(src|srcset)="(?=\w)(?![a-z]+:)/g, '$1="./');
}

function lead(page, link, files, base) {
  const [path, hash = ''] = link.attrGet('href').split(/(?=#)/);
  if (path === undefined || path === '' || path.startsWith('#') || /^([a-z]+:|\/)/i.test(path)) return;
  const target = targetOf(page, path);
  if (sitePath(target) !== undefined) {
    link.attrSet('href', linkTo(target) + hash);
    return;
  }
  files.add(target);
  link.attrSet('href', `${base.slice(0, -1)}${FILES}${target}`);
  link.attrSet('target', '_blank');
}
