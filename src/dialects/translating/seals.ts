import { type Seal } from '../../conversation/prompt.js';
import { isJsonObject, parseJson, stringifyJson } from '../../protocol/json.js';

/** No service's signature can begin with this, because neither base64 alphabet contains a dot. */
const FOREIGN = 'gw1.';

/**
 * A seal as a text for the field in which a dialect keeps its own seals; those of other dialects
 * are wrapped.
 */
export function sealToText({ dialect, value }: Seal, own: string): string {
  if (dialect === own && typeof value === 'string') return value;
  return FOREIGN + Buffer.from(stringifyJson({ dialect, value })).toString('base64url');
}

/** The seal that a client sends back in such a field. */
export function sealOfText(text: string, own: string): Seal {
  if (text.startsWith(FOREIGN)) {
    const seal = parseJson(Buffer.from(text.slice(FOREIGN.length), 'base64url').toString());
    if (isJsonObject(seal) && typeof seal['dialect'] === 'string')
      return { dialect: seal['dialect'], value: seal['value'] };
  }
  return { dialect: own, value: text };
}
