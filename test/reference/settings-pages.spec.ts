import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { readDocComments } from '../schema/doc-comments.js';
import { anchorOf, PAGES, SettingsPages } from './settings-pages.js';
import { SettingsTree } from './settings-tree.js';
import { missingTexts, textsWithOtherCode, unusedTexts } from './settings-words.js';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = { en: join(ROOT, 'docs', 'reference'), zh: join(ROOT, 'docs', 'zh', 'reference') };
const MOST_LINES = 250;

const tree = new SettingsTree(PROVIDER_TYPES, readDocComments(join(ROOT, 'src')));
const inChinese = new SettingsPages(tree, 'zh');
const pages = { en: new SettingsPages(tree, 'en').all(), zh: inChinese.all() };
const settings = tree.sections.flatMap((section) => [...section.settings, section.holder ?? []].flat());

describe('the settings reference', () => {
  it.each(['en', 'zh'] as const)(
    'equals the pages made from the code, in %s; `npm run docs:settings` writes it anew',
    (language) => {
      const folder = FOLDERS[language];
      if (process.env['WRITE_SETTINGS'] === '1') {
        mkdirSync(join(folder, 'settings'), { recursive: true });
        for (const [file, text] of pages[language]) writeFileSync(join(folder, file), text);
      }
      const read = (file: string) =>
        existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
      const stale = [...pages[language]].filter(([file, text]) => read(file) !== text).map(([file]) => file);
      expect(stale).toEqual([]);
      const found = readdirSync(join(folder, 'settings')).map((file) => `settings/${file}`);
      expect(found.filter((file) => !pages[language].has(file))).toEqual([]);
    },
  );

  it('has Chinese for every text, and none for a text that is gone', () => {
    expect(missingTexts(inChinese.words.met)).toEqual([]);
    expect(unusedTexts(inChinese.words.met)).toEqual([]);
    expect(textsWithOtherCode()).toEqual([]);
  });

  it('has a description for every setting', () => {
    expect(settings.filter(({ comment }) => comment === '').map(({ path }) => path)).toEqual([]);
  });

  it('has each section on one page', () => {
    const text = [...pages.en.values()].join('\n');
    expect(tree.sections.length).toBeGreaterThan(20);
    for (const { path } of tree.sections)
      expect([path, text.split(`\n## \`${path}\`\n`).length - 1]).toEqual([path, 1]);
  });

  it.each(['en', 'zh'] as const)('links to pages and anchors that exist, in %s', (language) => {
    const broken: string[] = [];
    let linkCount = 0;
    for (const [file, text] of pages[language]) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        const [page = '', anchor] = target.split('#');
        if (/README|^(\.\.\/)+(zh|reference)\//.test(page)) continue; // checked with the other documents
        const linked = pages[language].get(join(dirname(file), page));
        const anchors = [...(linked ?? '').matchAll(/^#+ `(.+)`$/gm)].map(([, path = '']) => anchorOf(path));
        linkCount++;
        if (linked === undefined || (anchor !== undefined && !anchors.includes(anchor))) broken.push(target);
      }
    }
    expect(broken).toEqual([]);
    expect(linkCount).toBeGreaterThan(20);
  });

  it('has an anchor of its own for each heading of a page, and pages of a readable length', () => {
    for (const [file, text] of [...pages.en, ...pages.zh]) {
      const anchors = [...text.matchAll(/^#+ `(.+)`$/gm)].map(([, path = '']) => anchorOf(path));
      expect([file, anchors.length]).toEqual([file, new Set(anchors).size]);
      expect([file, text.split('\n').length < MOST_LINES]).toEqual([file, true]);
    }
    expect(pages.en.size).toBe(PAGES.length + 1);
  });
});
