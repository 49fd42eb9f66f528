import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUTH,
  expectRefusals,
  type Mistake,
  mistake,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';
import { isSinglePlaceholder, Placeholders } from './placeholders.js';

const env = { NAME: 'value', EMPTY: '', TRICK: '${NAME}', MONEY: '$&$1' };
const expand = (text: string): unknown => {
  const { value, problem } = new Placeholders(env, '/').expand(text);
  return problem === undefined ? value : { problem };
};

describe('placeholders', () => {
  it.each([
    ['plain', 'plain'],
    ['$NAME', '$NAME'],
    ['a$', 'a$'],
    ['${NAME}', 'value'],
    ['<${NAME}|${NAME}>', '<value|value>'],
    ['${NAME:-other}', 'value'],
    ['${NOBODY:-other}', 'other'],
    ['${EMPTY:-other}', 'other'],
    ['${NOBODY:-}', ''],
    ['${NOBODY:-a:-b $1 https://x}', 'a:-b $1 https://x'],
    ['$${NAME}', '${NAME}'],
    ['$$${NAME}', '$${NAME}'],
    ['$${', '${'],
    ['${TRICK}', '${NAME}'],
    ['${MONEY}', '$&$1'],
  ])('turn %s into %s', (text, value) => {
    expect(expand(text)).toBe(value);
  });

  it('are refused if their variable is empty or not set', () => {
    expect(expand('${EMPTY}')).toEqual({
      problem: expect.stringContaining('variable EMPTY is empty') as string,
    });
    expect(expand('${NOBODY}')).toEqual({
      problem: expect.stringContaining('variable NOBODY is not set') as string,
    });
  });

  it.each(['${}', '${1}', '${A B}', '${NAME-x}', '${NAME:=x}', '${', 'a${NAME', '${A:-${NAME}}', '${A:-{}}'])(
    'are not guessed at: %s',
    (text) => {
      expect(expand(text)).toEqual({ problem: expect.stringContaining('in no known form') as string });
    },
  );

  it('read files once, from the folder of the configuration, without their last newline', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-placeholders-'));
    try {
      writeFileSync(join(folder, 'unix'), ' two\nlines \n');
      writeFileSync(join(folder, 'windows'), 'one\r\n');
      writeFileSync(join(folder, 'empty'), '\n');
      writeFileSync(join(folder, 'binary'), Buffer.from([0xff, 0x00]));
      const placeholders = new Placeholders(env, folder);
      expect(placeholders.expand('${file:unix}').value).toBe(' two\nlines ');
      expect(placeholders.expand(`\${file:${folder}/windows}`).value).toBe('one');
      expect(placeholders.expand('${file:empty}').problem).toContain('it is empty');
      expect(placeholders.expand('${file:binary}').problem).toContain('it is not UTF-8 text');
      writeFileSync(join(folder, 'unix'), 'changed');
      expect(placeholders.expand('${file:unix}').value).toBe(' two\nlines ');
      expect([...placeholders.fileTexts]).toEqual([' two\nlines ', 'one']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are recognised when they are the whole value', () => {
    expect(['${A}', '${A:-1}', '${file:/x}'].every(isSinglePlaceholder)).toBe(true);
    expect(['${A}1', '$${A}', '${A}${B}', 'A', ''].some(isSinglePlaceholder)).toBe(false);
  });
});

/** A mistake in the sixth line, or those after it. */
const inModel = (what: string, lines: string, problem: string): Mistake => {
  const own = lines.replace(/^/gm, '      ');
  return mistake(
    what,
    `${AUTH}\nmodels:\n  openai:\n    - name: m\n      base_url: "https://x.test"\n${own}\n`,
    problem,
  );
};

describe('a placeholder in the file', () => {
  expectRefusals([
    inModel(
      'missing variable in the middle',
      `headers:\n  authorization: "Bearer \${NOBODY}-${SECRET}"`,
      '7 models.openai[0].headers.authorization: the environment variable NOBODY is not set',
    ),
    inModel(
      'missing file',
      `api_key: "\${file:/no/such/${SECRET}}"`,
      '6 models.openai[0].api_key: the file of ${file:…} cannot be used: no such file',
    ),
    inModel(
      'directory for a file',
      'api_key: "${file:/}"',
      '6 models.openai[0].api_key: the file of ${file:…} cannot be used: it is a directory',
    ),
    inModel(
      'placeholder of unknown form',
      `api_key: "\${${SECRET}!}"`,
      '6 models.openai[0].api_key: contains "${" in no known form',
    ),
    inModel(
      'placeholder left open',
      `api_key: "\${${SECRET}"`,
      '6 models.openai[0].api_key: contains "${" in no known form',
    ),
    inModel(
      'placeholder in a placeholder',
      'api_key: "${A:-${B}}"',
      '6 models.openai[0].api_key: contains "${" in no known form',
    ),
  ]);
});
