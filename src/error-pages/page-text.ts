import { ERROR_PAGES, errorPage } from '../errors/error-page.js';
import { ERROR_CODES, ERROR_ORIGINS, errorGuide } from '../errors/guide/error-guide.js';
import { ORIGIN_WORDS, RETRY_WORDS } from '../errors/guide/guide-words.js';

/** A page as lines of text, from which both of its forms are generated. */
export interface Page {
  readonly title: string;
  readonly sections: readonly Section[];
}

interface Section {
  readonly heading: string;
  readonly lang: 'en' | 'zh';
  readonly lines: readonly string[];
}

/** @returns undefined for a code that is not the gateway's own */
export function codePage(code: string): Page | undefined {
  const guide = errorGuide(code);
  if (guide === undefined) return undefined;
  const { status, retry, origin, cause, action } = guide;
  const isLogged = status === 'log';
  return {
    title: code,
    sections: [
      {
        heading: 'English',
        lang: 'en',
        lines: [
          `Status: ${isLogged ? 'only in the log' : status}`,
          `Retry: ${RETRY_WORDS[retry].en}`,
          `From: ${ORIGIN_WORDS[origin].en}`,
          `Cause: ${cause.en}`,
          `What to do: ${action.en}`,
        ],
      },
      {
        heading: '中文',
        lang: 'zh',
        lines: [
          `状态码：${isLogged ? '仅见于日志' : status}`,
          `重试：${RETRY_WORDS[retry].zh}`,
          `来源：${ORIGIN_WORDS[origin].zh}`,
          `原因：${cause.zh}`,
          `处理：${action.zh}`,
        ],
      },
    ],
  };
}

/** All codes by origin, with the addresses of their pages. */
export function indexPage(): Page {
  return {
    title: 'Error codes · 错误码',
    sections: ERROR_ORIGINS.map((origin) => ({
      heading: `${ORIGIN_WORDS[origin].en} · ${ORIGIN_WORDS[origin].zh}`,
      lang: 'en',
      lines: ERROR_CODES.filter((code) => errorGuide(code)?.origin === origin).map(errorPage),
    })),
  };
}

export function asText({ title, sections }: Page): string {
  const blocks = sections.map(({ heading, lines }) => [heading, ...lines].join('\n'));
  return `${[title, ...blocks].join('\n\n')}\n`;
}

/** The style of the pages; its hash is in their content security policy. */
export const STYLE =
  'body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'code{font-size:.9em}h2{font-size:1rem;margin-top:2rem}p{margin:.4rem 0;overflow-wrap:anywhere}';

export function asHtml({ title, sections }: Page): string {
  const blocks = sections.map(
    ({ heading, lang, lines }) =>
      `<section lang="${lang}"><h2>${escaped(heading)}</h2>${lines.map((line) => `<p>${marked(line)}</p>`).join('')}</section>`,
  );
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title>` +
    `<style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>${blocks.join('')}` +
    `<p><a href="..${ERROR_PAGES}">All codes · 全部错误码</a></p></body></html>`
  );
}

/**
 * Text between backticks is code; the address of a page becomes a link, relative so that it works
 * behind a prefix.
 */
function marked(line: string): string {
  if (line.startsWith(`${ERROR_PAGES}/`))
    return `<a href="${line.slice(1)}">${escaped(line.slice(ERROR_PAGES.length + 1))}</a>`;
  return escaped(line).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
