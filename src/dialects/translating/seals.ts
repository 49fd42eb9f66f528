import { type Seal } from '../../conversation/prompt.js';
import { isJsonObject, parseJson, stringifyJson } from '../../protocol/json.js';

/** No signature of a service begins so: the dot is in neither alphabet of base64. */
const FOREIGN = 'gw1.';

/** A seal as a text for the place that a dialect has for its own: those of others are wrapped. */
export function sealToText({ dialect, value }: Seal, own: string): string {
  if (dialect === own && typeof value === 'string') return value;
  return FOREIGN + Buffer.from(stringifyJson({ dialect, value })).toString('base64url');
}

/** The seal that a client sends back in such a place. */
export function sealOfText(text: string, own: string): Seal {
  if (text.startsWith(FOREIGN)) {
    const seal = parseJson(Buffer.from(text.slice(FOREIGN.length), 'base64url').toString());
    if (isJsonObject(seal) && typeof seal['dialect'] === 'string')
      return { dialect: seal['dialect'], value: seal['value'] };
  }
  return { dialect: own, value: text };
}
