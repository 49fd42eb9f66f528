import { type ReasoningPart, type Seal } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { sealOfText, sealToText } from '../../translating/seals.js';

/** The name of the dialect, also of the seals that it makes. */
export const NAME = 'openai-chat';

/*
 * Reasoning in messages: its text as `reasoning_content`, as DeepSeek began it, and its signatures in
 * `reasoning_details`, as https://openrouter.ai/docs/use-cases/reasoning-tokens has them. A seal of this dialect is a
 * signature as a text, all of a detail but its text, or null for reasoning that a service of this format said openly,
 * and may want back.
 */

/** Of reasoning in the open, without a signature. */
export const OPEN_SEAL: Seal = { dialect: NAME, value: null };

/** The text in an entry of `reasoning_details`, perhaps a piece of it. */
export function textOfDetail({ text, summary }: JsonObject): string {
  if (typeof text === 'string') return text;
  return typeof summary === 'string' ? summary : '';
}

/** The seal in an entry of `reasoning_details`; undefined where it has none. */
export function sealOfDetail(detail: JsonObject): Seal | undefined {
  const { type, signature, data, text: _text, summary: _summary, index: _index, ...others } = detail;
  if (typeof signature === 'string' && signature !== '') {
    const seal = sealOfText(signature, NAME);
    const isPlain = Object.values(others).every((value) => value === null || value === undefined);
    if (seal.dialect !== NAME || isPlain || seal.value !== signature) return seal;
    return { dialect: NAME, value: { type, ...others, signature } };
  }
  if (typeof data !== 'string' || data === '') return undefined;
  return { dialect: NAME, value: { type, ...others, data } };
}

/** A sealed piece of reasoning as such an entry; undefined for one without a signature. */
export function detailOf({ text, seal }: ReasoningPart): JsonObject | undefined {
  if (seal === undefined || (seal.dialect === NAME && seal.value === null)) return undefined;
  if (seal.dialect === NAME && isJsonObject(seal.value)) {
    const { type, ...others } = seal.value;
    const isSummary = type === 'reasoning.summary';
    return { type, ...(text !== '' && { [isSummary ? 'summary' : 'text']: text }), ...others };
  }
  return { type: 'reasoning.text', text, signature: sealToText(seal, NAME) };
}

/** The signature of a tool call, as Google's services in this format have it. */
export function sealOfCall({ extra_content: extra }: JsonObject): Seal | undefined {
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  const signature = isJsonObject(google) ? google['thought_signature'] : undefined;
  return typeof signature === 'string' && signature !== '' ? sealOfText(signature, NAME) : undefined;
}

/** The fields of a tool call that hold its seal. */
export function callFieldsOf(seal: Seal | undefined): JsonObject {
  if (seal === undefined) return {};
  return { extra_content: { google: { thought_signature: sealToText(seal, NAME) } } };
}
