import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DOCUMENTS, ROOT } from './support/documents.js';

/** What an expression over the modules of the site gives; they are modules of Node, not of the tests. */
function ofSite<Result>(module: string, expression: string): Result {
  const url = pathToFileURL(join(ROOT, 'site', module)).href;
  const script = `const site = await import('${url}'); console.log(JSON.stringify(${expression}));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  ) as Result;
}

describe('the site of the documents', () => {
  it.each([
    ['README.md', '(page) => !page.startsWith("zh/")'],
    ['README.zh-CN.md', '(page) => page.startsWith("zh/")'],
  ])('lists every page in the order of %s', (frontPage, isOfLanguage) => {
    const groups = ofSite<{ text: string; items: { text: string; link: string }[] }[]>(
      'navigation.mjs',
      `site.sidebarOf('${frontPage}', ${isOfLanguage})`,
    );
    expect(groups.length).toBeGreaterThan(5);
    expect(groups[0]!.items[0]!.link).toMatch(/quickstart$/);
  });

  it('gives headings the anchors that links in the documents have', () => {
    const titles = DOCUMENTS.flatMap(({ headings }) =>
      headings.map(({ title }) => title.replaceAll('`', '')),
    );
    const slugs = ofSite<string[]>('markdown.mjs', `${JSON.stringify(titles)}.map(site.slugify)`);
    const anchors = new Set(DOCUMENTS.flatMap((document) => [...document.anchors]));
    expect(slugs.filter((slug) => !anchors.has(slug))).toEqual([]);
  });

  it.each([
    ['访问令牌过期', ['访问', '问令', '令牌', '牌过', '过期']],
    ['令牌', ['令牌']],
    ['设置 max_retries，重试', ['设置', 'max', 'retries', '重试']],
    ['token令牌', ['token', '令牌']],
  ])('splits %s into the words that the search looks for', (text, words) => {
    expect(ofSite('search.mjs', `site.tokenize(${JSON.stringify(text)})`)).toEqual(words);
  });
});
