import { WORDINGS, type Wording } from '../src/upstream/failure/failure-wordings.js';
import { type FailureReason } from '../src/errors/upstream-errors.js';
import { CHINESE, ENGLISH, type MarkdownDocument } from './support/documents.js';

const MEANS: readonly [string, string, MarkdownDocument, Partial<Record<FailureReason, string>>][] = [
  [
    'README.md',
    "### What an upstream's failure means",
    ENGLISH,
    {
      context_length: 'prompt too long',
      moderation: 'prompt flagged',
      quota: 'account empty',
      rate_limit: 'too many calls',
      region: 'region',
      credential: 'credential',
    },
  ],
  [
    'README.zh-CN.md',
    '### 上游失败的含义',
    CHINESE,
    {
      context_length: '提示过长',
      moderation: '内容审核',
      quota: '余额或配额用尽',
      rate_limit: '限流',
      region: '地区',
      credential: '凭证',
    },
  ],
];

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

const rowOf = (means: string, { service, source, says, codes = [] }: Wording): string =>
  `| ${means} | [${service}](${source}) | ${code(says)} | ${codes.map(code).join(', ') || '–'} |`;

describe('the table of wordings', () => {
  it.each(MEANS)('in %s is the one that verdicts go by', (_name, heading, { text }, means) => {
    const chapter = text.slice(text.indexOf(heading)).split('\n## ', 1)[0]!;
    const table = chapter.split('\n').filter((line) => line.includes('](http'));
    expect(table.map((line) => line.replace(/ +/g, ' '))).toEqual(
      WORDINGS.map((wording) => rowOf(means[wording.reason]!, wording)),
    );
  });
});
