import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { jsonataPath, leavesOf, nameOf } from '../leaves.js';
import { isNamed, isRandom } from '../words.js';

/** A value in a response of the login. */
export interface Source {
  /** The step of the login, counted from 0. */
  readonly step: number;
  /** Its place, as the login's expressions see the response. */
  readonly expression: string;
  readonly name: string;
  readonly value: string;
  readonly isCookie: boolean;
}

/** Shorter values occur elsewhere by chance. */
const SHORTEST_LINK = 6;
const SHORTEST_NAMED_LINK = 3;
const SHORTEST_TOKEN = 12;

/** Every value of a response that later requests may repeat. */
export function sourcesOf(answer: RecordedAnswer, step: number): Source[] {
  const sources: Source[] = [];
  if (answer.json !== undefined && (typeof answer.json === 'object' || typeof answer.json === 'string')) {
    for (const { path, value } of leavesOf(answer.json)) {
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      sources.push({
        step,
        expression: jsonataPath(path, 'body'),
        name: nameOf(path) || 'body',
        value: String(value),
        isCookie: false,
      });
    }
  } else if (answer.format === 'text' && !/\s/.test(answer.text.trim()))
    sources.push({ step, expression: 'body', name: 'body', value: answer.text.trim(), isCookie: false });
  for (const [name, value] of Object.entries(answer.cookies))
    sources.push({ step, expression: jsonataPath(['cookies', name]), name, value, isCookie: true });
  for (const [name, value] of Object.entries(answer.headers)) {
    if (
      /^(?:date|content-|server|connection|vary|cache-control|location|etag|expires|access-control-)/.test(
        name,
      )
    )
      continue;
    sources.push({ step, expression: jsonataPath(['headers', name]), name, value, isCookie: false });
  }
  return sources;
}

/** The value in a response that is most likely a token: by its name, otherwise by its length. */
export function likelyToken(sources: readonly Source[]): Source | undefined {
  const own = sources.filter(({ isCookie }) => !isCookie);
  return (
    own.findLast(({ name, value }) => isNamed('token', name) && value.length >= SHORTEST_LINK) ??
    sources.findLast(({ name, isCookie }) => isCookie && isNamed('token', name)) ??
    own
      .filter(
        ({ value }) =>
          value.length >= SHORTEST_TOKEN && !/[\s:/]/.test(value) && /^[\x21-\x7e]+$/.test(value),
      )
      .toSorted((a, b) => b.value.length - a.value.length)[0]
  );
}

/** How a text in a request contains a value of an earlier response. */
export interface Link {
  readonly source: Source;
  /** The text before and after it. */
  readonly before: string;
  readonly after: string;
}

/**
 * Finds the origin of a text in a request: of the whole text, or of its end, as in `Bearer TOKEN`.
 */
export function linkOf(text: string, name: string, sources: readonly Source[]): Link | undefined {
  const found = sources.flatMap((source): Link[] => {
    const value = [source.value, decoded(source.value), source.value.replace(/^bearer +/i, '')].find(
      (form) => form !== '' && text.includes(form),
    );
    if (value === undefined) return [];
    const isWhole = text === value;
    const isSameName = isWhole && value.length >= SHORTEST_NAMED_LINK && isAlike(name, source.name);
    if (value.length < SHORTEST_LINK && !isSameName) return [];
    if (!isWhole && (value.length < 8 || (!isRandom(value) && !isNamed('token', source.name)))) return [];
    const at = text.indexOf(value);
    return [{ source, before: text.slice(0, at), after: text.slice(at + value.length) }];
  });
  // Prefers the longest value, then one with the same name, then the latest.
  return found.toSorted(
    (a, b) =>
      b.source.value.length - a.source.value.length ||
      Number(isAlike(name, b.source.name)) - Number(isAlike(name, a.source.name)) ||
      Number(isNamed('token', b.source.name)) - Number(isNamed('token', a.source.name)) ||
      b.source.step - a.source.step,
  )[0];
}

/** Whether two names mean the same, as `x-tenant-id` and `tenant`. */
function isAlike(a: string, b: string): boolean {
  const [plain, other] = [a, b].map((name) =>
    name
      .replace(/^x-/i, '')
      .replaceAll(/[_\-\s]/g, '')
      .toLowerCase(),
  );
  return plain === other || plain!.includes(other!) || other!.includes(plain!);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
