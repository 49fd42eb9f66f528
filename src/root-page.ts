import { hash } from 'node:crypto';
import { pageHeaders } from './http/pages/page-headers.js';
import { type RootDto } from './root.dto.js';

/** The contents of the page at `/` for people. */
export interface RootPage {
  readonly about: RootDto;
  /**
   * The address of the request, without a trailing slash; the page's script replaces it by the
   * browser's address.
   */
  readonly base: string;
  readonly language: 'en' | 'zh';
  /** A model for the example, if clients without a key may know its name. */
  readonly model: string | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #f3f5f2; --surface: #fff; --ink: #1b211e; --soft: #59635d; --rule: #dbe0dc; --accent: #245b7a }
@media (prefers-color-scheme: dark) {
  :root { --paper: #131614; --surface: #1c201e; --ink: #e9edea; --soft: #a1aba5; --rule: #2f3632; --accent: #8cc4e4 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: clamp(1.5rem, 8vh, 5rem) 1.2rem 3rem }
h1 { font-size: clamp(1.7rem, 5vw, 2.4rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 }
h1 small { font-size: 1rem; font-weight: 400; letter-spacing: 0; color: var(--soft) }
h2 { font-size: 1rem; margin: 1.8rem 0 .4rem }
p { margin: .5rem 0 }
.links { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); margin: 1.6rem 0 0; padding: 0; list-style: none }
.links a { display: block; height: 100%; padding: .8rem 1rem; border: 1px solid var(--rule); border-radius: 10px; background: var(--surface); text-decoration: none; color: var(--soft) }
.links a:hover { border-color: var(--accent) }
.links strong { display: block; color: var(--accent) }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px }
code, pre { font: .88rem/1.5 ui-monospace, 'SF Mono', Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace }
pre { margin: 0; padding: .8rem 1rem; border: 1px solid var(--rule); border-radius: 10px; background: var(--surface); white-space: pre-wrap }
.soft { color: var(--soft) }
`;

/** The browser knows the scheme, host and path that a proxy may have hidden from the gateway. */
const SCRIPT = `
const base = new URL('./', location.href).href.replace(/\\/$/, '');
for (const node of document.querySelectorAll('[data-base]'))
  node.textContent = node.textContent.replaceAll(node.dataset.base, base);
`;

const sourceOf = (text: string): string => ` 'sha256-${hash('sha256', text, 'base64')}'`;

/** The headers of the page, which contains its own script and style. */
export const ROOT_PAGE_HEADERS = pageHeaders({
  script: sourceOf(SCRIPT),
  style: sourceOf(STYLE),
  image: ' data:',
});

interface Words {
  readonly tag: string;
  readonly lead: string;
  readonly links: Readonly<Record<'ui' | 'docs' | 'errors' | 'health', readonly [string, string]>>;
  readonly base: string;
  readonly baseNote: string;
  readonly key: string;
  readonly noKey: string;
  readonly demoKey: string;
  readonly ownKey: string;
  readonly first: string;
  readonly models: string;
}

const WORDS: Readonly<Record<RootPage['language'], Words>> = {
  en: {
    tag: 'en',
    lead: 'One OpenAI-compatible address in front of every model service a team uses. It is running.',
    links: {
      ui: ['Dashboard', 'Which models work, who calls, what it costs, and a playground.'],
      docs: ['API reference', 'Every route, with examples to try.'],
      errors: ['Error codes', 'What each code means, and what to do.'],
      health: ['Health', 'Whether the gateway works, for probes.'],
    },
    base: 'Base URL for SDKs',
    baseNote: 'Any OpenAI SDK works with it.',
    key: 'API key',
    noKey: 'None is needed: auth.enabled is false.',
    demoKey:
      'is accepted. It is public, for a first try; use keys of your own before others can reach this gateway.',
    ownKey: 'One of auth.api_keys in the configuration of the gateway. Ask its operator for one.',
    first: 'A first call',
    models: 'The names of the models',
  },
  zh: {
    tag: 'zh-CN',
    lead: '以一个兼容 OpenAI 的地址接入团队使用的所有模型服务。网关正在运行。',
    links: {
      ui: ['看板', '模型状态、客户端、费用与试用。'],
      docs: ['接口文档', '全部接口，可直接试用。'],
      errors: ['错误码', '每个错误码的含义与处理办法。'],
      health: ['健康检查', '网关是否正常，供探针使用。'],
    },
    base: 'SDK 的 base URL',
    baseNote: '适用于任意 OpenAI SDK。',
    key: 'API 密钥',
    noKey: '不需要：auth.enabled 为 false。',
    demoKey: '可以使用。它是公开的演示密钥，仅供初次试用；网关对他人开放之前请换成自己的密钥。',
    ownKey: '网关配置中 auth.api_keys 的任意一个密钥，请向网关的维护者索取。',
    first: '第一次调用',
    models: '查看模型名称',
  },
};

/** The page at `/` for browsers. All links are relative, so that it works behind any prefix. */
export function rootPage({ about, base, language, model }: RootPage): string {
  const words = WORDS[language];
  const link = (href: string, [title, text]: readonly [string, string]): string =>
    `<li><a href="${href}"><strong>${title}</strong>${text}</a></li>`;
  const links = [
    ...(about.ui === undefined ? [] : [link('ui', words.links.ui)]),
    ...(about.docs === undefined ? [] : [link('docs', words.links.docs)]),
    link('errors', words.links.errors),
    link('v1/health', words.links.health),
  ];
  const secret = about.demo_key ?? '$LLM_GATEWAY_API_KEY';
  const header = about.needs_api_key ? `-H "Authorization: Bearer ${secret}"` : '';
  const key = !about.needs_api_key
    ? words.noKey
    : about.demo_key === undefined
      ? words.ownKey
      : `<code>${about.demo_key}</code> ${words.demoKey}`;
  const body = JSON.stringify({ model: model ?? 'MODEL', messages: [{ role: 'user', content: 'Hello!' }] });
  const chat = [
    `curl ${base}/v1/chat/completions`,
    ...(header === '' ? [] : [header]),
    '-H "Content-Type: application/json"',
    `-d '${body.replaceAll("'", String.raw`'\''`)}'`,
  ].join(' \\\n  ');
  const list = `curl ${base}/v1/models ${header}`.trimEnd();
  const shown = (text: string): string => `data-base="${escaped(base)}">${escaped(text)}`;
  return `<!doctype html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LLM Gateway</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>LLM Gateway <small>${about.version}</small></h1>
<p>${words.lead}</p>
<ul class="links">${links.join('')}</ul>
<h2>${words.base}</h2>
<p><code ${shown(`${base}/v1`)}</code> <span class="soft">${words.baseNote}</span></p>
<h2>${words.key}</h2>
<p>${key}</p>
<h2>${words.models}</h2>
<pre id="list" tabindex="0" ${shown(list)}</pre>
<h2>${words.first}</h2>
<pre id="chat" tabindex="0" ${shown(chat)}</pre>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
