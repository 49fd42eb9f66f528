/** Puts the files that pages link to, and that are no pages, beside the pages. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FILES } from './markdown.mjs';
import { isFolder, ROOT } from './repository.mjs';

/** @param files by their paths in the repository; a folder becomes a list of its files */
export function copyFiles(files, outDir) {
  for (const path of files) {
    const target = join(outDir, FILES, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, path), target, { recursive: true });
    if (isFolder(path)) writeFileSync(join(target, 'index.html'), listOf(path));
  }
}

function listOf(folder) {
  const names = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, folder).length + 1))
    .toSorted();
  const links = names.map((name) => `<li><a href="${encodeURI(name)}">${name}</a></li>`);
  return [
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${folder}</title><h1>${folder}</h1><ul>`,
    ...links,
    '</ul>\n',
  ].join('\n');
}

/** A page that leads to another. */
export function writeRedirect(path, address) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${address}">\n`,
  );
}
