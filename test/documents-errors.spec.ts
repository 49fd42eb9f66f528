import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, ERROR_ORIGINS, type ErrorOrigin, errorGuide } from '../src/errors/guide/error-guide.js';
import { ROOT, bothOf } from './support/documents.js';

type Language = 'en' | 'zh';

const MARKED = /(<!-- errors (\w+) -->\n).*?(<!-- end -->)/gs;

const RETRY = {
  no: { en: 'a retry does not help', zh: '重试无用' },
  yes: { en: 'a retry may help', zh: '可以重试' },
  after: { en: 'retry after `Retry-After`', zh: '按 `Retry-After` 等待后重试' },
};

/** A heading for each code, so that links can lead to it, with what the pages of the gateway say. */
function codesOf(origin: ErrorOrigin, language: Language): string {
  return ERROR_CODES.map((code) => ({ code, ...errorGuide(code)! }))
    .filter((guide) => guide.origin === origin)
    .map(({ code, status, retry, cause, action }) => {
      const advice = RETRY[retry][language];
      const text =
        language === 'en'
          ? `**${status === 'log' ? 'Only in the log' : status}**, ${advice}. ${cause.en} ${action.en}`
          : `**${status === 'log' ? '仅见于日志' : status.replaceAll(', ', '、')}**，${advice}。${cause.zh}${action.zh}`;
      return `### \`${code}\`\n\n${text}\n\n`;
    })
    .join('');
}

describe('the page of errors', () => {
  it.each(bothOf('errors.md'))('$name describes each code as the gateway does', ({ name, text }) => {
    const language = name.startsWith('docs/zh/') ? 'zh' : 'en';
    const wanted = text.replaceAll(
      MARKED,
      (_all, begin: string, origin: string, end: string) =>
        `${begin}\n${codesOf(origin as ErrorOrigin, language)}${end}`,
    );
    // WRITE_DOCS=1 writes it.
    if (process.env['WRITE_DOCS'] === '1') writeFileSync(join(ROOT, name), wanted);
    else expect(readFileSync(join(ROOT, name), 'utf8')).toBe(wanted);
    expect([...text.matchAll(MARKED)].map(([, , origin]) => origin)).toEqual(ERROR_ORIGINS);
  });
});
