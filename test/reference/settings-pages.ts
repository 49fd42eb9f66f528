import {
  EVERY_MODEL,
  type Section,
  type Setting,
  type SettingsTree,
  type SharedKeys,
} from './settings-tree.js';
import { type Language, SettingsWords, sizeText } from './settings-words.js';

/** A page of the reference: its file's name, its titles, and the paths of its sections, of which each may begin more. */
interface PagePlan {
  readonly file: string;
  readonly title: Readonly<Record<Language, string>>;
  readonly sections: readonly string[];
}

/** THE pages, in order. A section is on the page that names it, or the block around it. */
export const PAGES: readonly PagePlan[] = [
  { file: 'server', title: { en: 'Server', zh: '服务器' }, sections: ['server'] },
  { file: 'auth', title: { en: 'Keys and teams', zh: '密钥与团队' }, sections: ['auth'] },
  {
    file: 'calls',
    title: { en: 'Timeouts, retries, circuit breaker, limits', zh: '超时、重试、熔断、限额' },
    sections: ['timeouts', 'retry', 'breaker', 'limits'],
  },
  {
    file: 'operation',
    title: { en: 'Log, metrics, usage, cache', zh: '日志、指标、用量、缓存' },
    sections: ['logging', 'metrics', 'usage', 'cache'],
  },
  { file: 'models', title: { en: 'Models', zh: '模型' }, sections: ['models.*[]', 'deployments[]'] },
  {
    file: 'model-parts',
    title: { en: 'Models: TLS, prices, response cache, probes', zh: '模型：TLS、价格、响应缓存、探测' },
    sections: ['tls', 'price', 'cache_answers', 'probe'],
  },
  {
    file: 'types',
    title: { en: 'Models: types and their credentials', zh: '模型：类型与凭证' },
    sections: ['models.openai[]', 'models.anthropic[]', 'models.gemini[]', 'google_auth', 'models.request[]'],
  },
  { file: 'login', title: { en: 'Models: logins', zh: '模型：登录' }, sections: ['login'] },
  {
    file: 'formats',
    title: { en: 'Models: requests, responses, streams, jobs', zh: '模型：请求、响应、流、任务' },
    sections: ['request', 'response', 'stream', 'poll'],
  },
];

const LABELS = {
  en: {
    title: 'Settings',
    index: '[All pages](../../README.md#which-page-answers-what)',
    made: 'Made from the code by `npm run docs:settings`.',
    value: 'Value: ',
    default: 'Default: ',
    required: 'Required',
    block: 'a mapping',
    effect: 'Takes effect: ',
    atStart: 'next start',
    onReload: 'reload',
    also: 'Also the keys of ',
    keys: 'Keys as in ',
    colon: ': ',
    comma: ', ',
    stop: '.',
    all: 'All settings',
  },
  zh: {
    title: '配置项',
    index: '[全部文档](../../../README.zh-CN.md#查找文档)',
    made: '由 `npm run docs:settings` 从代码生成。',
    value: '取值：',
    default: '默认值：',
    required: '必填',
    block: '一个映射',
    effect: '生效：',
    atStart: '下次启动',
    onReload: '重新加载',
    also: '另有此处的配置项：',
    keys: '配置项与此处相同：',
    colon: '：',
    comma: '、',
    stop: '。',
    all: '全部配置项',
  },
} as const;

const INTRODUCTION: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'Every key of the configuration, with its default, its range, and when a change takes effect.',
    '- **Placeholders**: a value may be, or contain, `${NAME}` (environment variable), `${NAME:-default}` or `${file:/path}` (contents of a file); `$${` is a literal `${`.',
    '- **Sizes** are whole numbers of bytes or texts such as `10mb`; 1 kb is 1,024 bytes. **Times** are seconds, fractions allowed.',
    '- **Takes effect**: on *reload*, that is at once when the file changes or with SIGHUP; or at the *next start*.',
    '- **Check**: `llm-gateway check` reports each mistake with its line. `config/models.schema.json` has the same rules for editors.',
  ],
  zh: [
    '每个配置项：默认值、取值范围、修改何时生效。',
    '- **占位符**：值可以是或包含 `${NAME}`（环境变量）、`${NAME:-default}` 或 `${file:/path}`（文件内容）；`$${` 表示字面的 `${`。',
    '- **大小**为整数字节数，或 `10mb` 这样的文本；1 kb 为 1,024 字节。**时间**以秒计，可带小数。',
    '- **生效**：*重新加载*时，即文件变化后立即生效，或收到 SIGHUP 时；或*下次启动*时。',
    '- **检查**：`llm-gateway check` 逐条报告错误及其行号。`config/models.schema.json` 为编辑器提供同样的规则。',
  ],
};

/** The pages of the reference in one language. */
export class SettingsPages {
  readonly words: SettingsWords;
  readonly #labels: (typeof LABELS)[Language];

  constructor(
    private readonly tree: SettingsTree,
    private readonly language: Language,
  ) {
    this.words = new SettingsWords(language);
    this.#labels = LABELS[language];
  }

  /** Their texts by the path below `reference/`. */
  all(): Map<string, string> {
    const pages = PAGES.map((page): [string, string] => [`settings/${page.file}.md`, this.#page(page)]);
    return new Map([['settings.md', this.#contents()], ...pages]);
  }

  #contents(): string {
    const [first, ...others] = INTRODUCTION[this.language];
    const { title, made, index } = this.#labels;
    const head = `${this.#otherLanguage('settings.md')} · ${index}`;
    const lists = PAGES.flatMap((page) => [
      `## [${page.title[this.language]}](settings/${page.file}.md)`,
      this.#sectionsOf(page)
        .map(({ path, holder, comment }) => {
          const link = `[\`${path}\`](settings/${page.file}.md#${anchorOf(path)})`;
          return `- ${link}${this.#labels.colon}${this.words.text(holder?.comment ?? comment)}`;
        })
        .join('\n'),
    ]);
    return join([`# ${title}`, head, first!, others.join('\n'), ...lists, made]);
  }

  #page(page: PagePlan): string {
    const { title, all, made } = { ...this.#labels, title: page.title[this.language] };
    const sections = this.#sectionsOf(page).flatMap((section) => this.#section(section));
    const head = `${this.#otherLanguage(`settings/${page.file}.md`)} · [${all}](../settings.md)`;
    return join([`# ${title}`, head, ...sections, made]);
  }

  /** A link to the same page in the other language. @param file below `reference/` */
  #otherLanguage(file: string): string {
    const up = '../'.repeat(file.split('/').length);
    const [label, path] =
      this.language === 'en' ? ['中文', `${up}zh/reference/`] : ['English', `${up}../reference/`];
    return `[${label}](${path}${file})`;
  }

  #sectionsOf({ sections }: PagePlan): Section[] {
    return sections.flatMap((start) => this.tree.sections.filter(({ path }) => isWithin(path, start)));
  }

  #section({ path, comment, holder, settings, shared }: Section): string[] {
    return [
      `## \`${path}\``,
      ...(holder === undefined ? [] : [this.#facts(holder), this.words.text(holder.comment)]),
      comment === holder?.comment ? '' : this.words.text(comment),
      ...settings.flatMap((setting) => this.#setting(setting)),
      ...shared.map((keys) => `${this.#labels.also}${this.#sharedText(keys)}`),
    ];
  }

  #setting(setting: Setting): string[] {
    const { path, comment, keys } = setting;
    const more = keys === undefined ? '' : `${this.#labels.keys}${this.#sharedText(keys)}`;
    return [`### \`${path}\``, this.#facts(setting), this.words.text(comment), more];
  }

  #sharedText({ section, keys }: SharedKeys): string {
    const page = PAGES.find(({ sections }) => sections.some((start) => isWithin(section, start)))!;
    const link = `[\`${section}\`](${page.file}.md#${anchorOf(section)})`;
    if (section === EVERY_MODEL) return `${link}${this.#labels.stop}`;
    const names = keys.map((key) => `\`${key}\``).join(this.#labels.comma);
    return `${link}${this.#labels.colon}${names}${this.#labels.stop}`;
  }

  #facts({ expected, default: value, isRequired, isAtStart }: Setting): string {
    const { value: label, block, default: defaultLabel, required, effect, atStart, onReload } = this.#labels;
    return [
      `${label}${expected === undefined ? block : this.words.expected(expected)}`,
      ...(value === undefined ? [] : [`${defaultLabel}\`${valueText(value, expected)}\``]),
      ...(isRequired ? [required] : []),
      `${effect}${isAtStart ? atStart : onReload}`,
    ].join(' · ');
  }
}

/** The anchor of a heading, as the sites that show Markdown make it. */
export function anchorOf(path: string): string {
  return path.replaceAll(/[^\w-]/g, '').toLowerCase();
}

function isWithin(path: string, start: string): boolean {
  return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[]`);
}

function valueText(value: unknown, expected = ''): string {
  if (typeof value === 'number' && expected.startsWith('a size')) return sizeText(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function join(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
