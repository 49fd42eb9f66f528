import { isJsonObject } from '../../protocol/json.js';
import { type Findings, type Guess } from './findings.js';

const WIDTH = 110;

/** Writes a model of type `request` as a configuration, with unsure guesses as comments. */
export function writeRecipe(
  model: Readonly<Record<string, unknown>>,
  type: string,
  findings: Findings,
  source: string,
): string {
  const comments = commentsOf(model, findings.guesses);
  const lines = [
    `# Made from ${source}. Lines "unsure" are guesses: read them, then try the model.`,
    ...findings.variables.map(({ name, hint }) => `#   ${name}: ${hint}`),
    'auth:',
    '  api_keys: ["${LLM_GATEWAY_KEY}"]',
    '',
    'models:',
    `  ${type}:`,
  ];
  const written = mapping(model, '', '      ', comments);
  const [first, ...rest] = written;
  return `${[...lines, ...(first!.startsWith('      #') ? ['    -', ...written] : [`    - ${first!.trimStart()}`, ...rest])].join('\n')}\n`;
}

/** Unsure guesses, keyed by the nearest key in the YAML. */
function commentsOf(
  model: Readonly<Record<string, unknown>>,
  guesses: readonly Guess[],
): ReadonlyMap<string, string[]> {
  const keys = new Set(keysOf(model, ''));
  const comments = new Map<string, string[]>();
  for (const { key = 'name', says, isSure } of guesses) {
    if (isSure) continue;
    let place = key;
    while (!keys.has(place) && place !== '') place = place.replace(/(?:^|\.)[^.]*$/, '');
    const text = place === key ? says : `${key}: ${says}`;
    const at = place === '' ? 'name' : place;
    comments.set(at, [...(comments.get(at) ?? []), text]);
  }
  return comments;
}

function keysOf(value: unknown, key: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, at) => [`${key}[${at}]`, ...keysOf(item, `${key}[${at}]`)]);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const own = key === '' ? name : `${key}.${name}`;
    return [own, ...keysOf(item, own)];
  });
}

function mapping(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  indent: string,
  comments: ReadonlyMap<string, string[]>,
): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const own = key === '' ? name : `${key}.${name}`;
    const said = (comments.get(own) ?? []).flatMap((text) => wrapped(`unsure: ${text}`, `${indent}# `));
    return [...said, ...entry(name, value, own, indent, comments)];
  });
}

function entry(
  name: string,
  value: unknown,
  key: string,
  indent: string,
  comments: ReadonlyMap<string, string[]>,
): string[] {
  const written = /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
  if (Array.isArray(value) && value.some(isJsonObject)) {
    const items = value.flatMap((item: unknown, at) => {
      const lines = mapping(item as Record<string, unknown>, `${key}[${at}]`, `${indent}    `, comments);
      const first = lines.findIndex((line) => !line.trimStart().startsWith('#'));
      return lines.map((line, index) => (index === first ? `${indent}  - ${line.trimStart()}` : line));
    });
    return [`${indent}${written}:`, ...items];
  }
  if (isJsonObject(value)) {
    if (Object.keys(value).length === 0) return [`${indent}${written}: {}`];
    return [`${indent}${written}:`, ...mapping(value, key, `${indent}  `, comments)];
  }
  if (typeof value === 'string' && value.includes('\n'))
    return [
      `${indent}${written}: |-`,
      ...value.split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`)),
    ];
  return [`${indent}${written}: ${JSON.stringify(value)}`];
}

function wrapped(text: string, start: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${start}${last === undefined ? '' : '  '}${word}`);
  }
  return lines;
}
