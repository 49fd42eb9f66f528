import { WORDINGS } from '../src/upstream/failure/wordings/failure-wordings.js';
import { type Wording } from '../src/upstream/failure/wordings/wording.js';
import { type FailureReason } from '../src/errors/upstream-errors.js';
import { type MarkdownDocument, bothOf } from './support/documents.js';

const [ENGLISH, CHINESE] = bothOf('reference/upstream-failures.md');

const MEANS: readonly [string, MarkdownDocument, Partial<Record<FailureReason, string>>][] = [
  [
    ENGLISH.name,
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
    CHINESE.name,
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
  it.each(MEANS)('in %s is the one that verdicts go by', (_name, { text }, means) => {
    const table = text.split('\n').filter((line) => line.includes('](http'));
    expect(table.map((line) => line.replace(/ +/g, ' '))).toEqual(
      WORDINGS.map((wording) => rowOf(means[wording.reason]!, wording)),
    );
  });
});
