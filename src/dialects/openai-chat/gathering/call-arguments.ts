import { UpstreamError } from '../../../errors/upstream-errors.js';
import { parseJson } from '../../../protocol/json.js';

/** An empty object followed by another one. */
const PLACEHOLDER = /^\s*\{\s*\}\s*(?=\{)/;
const PLACEHOLDERS = /^\s*(?:\{\s*\}\s*)+(?=\{)/;

/**
 * Joins the pieces in which a stream sent the arguments of one tool call. Most services send pieces
 * of one JSON text. Some begin with an empty object as a placeholder, repeat the whole text at the
 * end (vLLM's final flush), or repeat in each piece what came before. Text that is not JSON in any
 * of these ways was written by the model, or cut by a length limit, and stays unchanged.
 * @throws UpstreamError for two different objects, because it is unknown which one was meant
 */
export function meantArguments(pieces: readonly string[]): string {
  const joined = pieces.join('');
  if (pieces.length < 2 || isJson(joined)) return joined;
  const end = endOfObject(joined);
  const first = joined.slice(0, end);
  const rest = joined.slice(end);
  if (end > 0 && rest.trim() !== '') {
    if (squeezed(first) === '{}' && rest.trim().startsWith('{'))
      return meantArguments(['', withoutPlaceholders(joined)]);
    if (isSame(first, rest)) return first;
    if (rest.trim().startsWith('{'))
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream gives two different lists of arguments for one tool call.",
      );
  }
  const last = pieces.at(-1)!;
  if (!isJson(last)) return joined;
  const before = squeezed(pieces.slice(0, -1).join(''));
  if (squeezed(last).startsWith(before)) return last;
  return pieces.every((piece, at) => at === 0 || piece.startsWith(pieces[at - 1]!)) ? last : joined;
}

/** Whether the text is complete, so that nothing can follow. A placeholder before it is ignored. */
export function isWholeObject(text: string): boolean {
  const own = text.replace(PLACEHOLDER, '');
  const end = endOfObject(own);
  return end > 0 && own.slice(end).trim() === '' && isJson(own);
}

/** Removes all placeholders at once: a text may begin with any number of them. */
function withoutPlaceholders(text: string): string {
  return text.replace(PLACEHOLDERS, '').trim();
}

/**
 * Whether two texts are the same object regardless of white space, or one is the other as a JSON
 * string.
 */
export function isSame(text: string, other: string): boolean {
  const said = parseJson(other);
  return squeezed(text) === squeezed(typeof said === 'string' ? said : other);
}

/** Without white space, so that two texts of the same object compare equal. */
export function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}

function isJson(text: string): boolean {
  return parseJson(text) !== undefined;
}

/**
 * @returns the index after the brace that closes the object at the start of the text; 0 if there is
 * none
 */
function endOfObject(text: string): number {
  let depth = 0;
  let isString = false;
  for (let at = text.length - text.trimStart().length; at < text.length; at++) {
    const char = text[at];
    if (isString) {
      if (char === '\\') at++;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth <= 0) return depth < 0 ? 0 : at + 1;
    if (depth === 0) return 0;
  }
  return 0;
}
