/** Finds links to headings that do not exist; VitePress itself finds links to pages that do not exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @throws Error that names each link without a target */
export function checkAnchors(outDir, base) {
  const pages = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.html') && !file.startsWith('files/'),
  );
  const anchors = new Map(pages.map((page) => [page, idsIn(readFileSync(join(outDir, page), 'utf8'))]));
  const broken = pages.flatMap((page) =>
    linksIn(readFileSync(join(outDir, page), 'utf8'))
      .filter((link) => !isThere(link, { page, anchors, outDir, base }))
      .map((link) => `${page} links to ${link}`),
  );
  if (broken.length > 0) throw new Error(`links without a target:\n${broken.join('\n')}`);
}

function isThere(link, { page, anchors, outDir, base }) {
  const [path, anchor] = decodeURI(link).split('#');
  if (path !== '' && !path.startsWith(base)) return true;
  const below = path === '' ? page : path.slice(base.length);
  const found = [below, `${below}.html`, join(below, 'index.html')].find((file) => anchors.has(file));
  if (found === undefined) return existsSync(join(outDir, below));
  return anchor === undefined || anchor === '' || anchors.get(found).has(anchor);
}

function idsIn(html) {
  return new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
}

function linksIn(html) {
  return [...html.matchAll(/<a[^>]* href="([^"]+)"/g)]
    .map(([, link]) => link)
    .filter((link) => /^[/#]/.test(link) && !link.startsWith('//'));
}
