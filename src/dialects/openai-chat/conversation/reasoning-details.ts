import { type ReasoningPart, type Seal } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { sealOfText, sealToText } from '../../translating/seals.js';

/** The name of the dialect, which its seals contain. */
export const NAME = 'openai-chat';

/*
 * Reasoning in messages: its text in `reasoning_content`, as introduced by DeepSeek, and its
 * signatures in `reasoning_details`, as in https://openrouter.ai/docs/use-cases/reasoning-tokens. A
 * seal of this dialect is a signature as a text, a whole detail without its text, or null for
 * unencrypted reasoning that the service may want back.
 */

/** The seal of unencrypted reasoning without a signature. */
export const OPEN_SEAL: Seal = { dialect: NAME, value: null };

/** The text of an entry of `reasoning_details`, or a piece of it. */
export function textOfDetail({ text, summary }: JsonObject): string {
  if (typeof text === 'string') return text;
  return typeof summary === 'string' ? summary : '';
}

/** The seal of an entry of `reasoning_details`; undefined if it has none. */
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

/**
 * A sealed piece of reasoning as an entry of `reasoning_details`; undefined without a signature.
 */
export function detailOf({ text, seal }: ReasoningPart): JsonObject | undefined {
  if (seal === undefined || (seal.dialect === NAME && seal.value === null)) return undefined;
  if (seal.dialect === NAME && isJsonObject(seal.value)) {
    const { type, ...others } = seal.value;
    const isSummary = type === 'reasoning.summary';
    return { type, ...(text !== '' && { [isSummary ? 'summary' : 'text']: text }), ...others };
  }
  return { type: 'reasoning.text', text, signature: sealToText(seal, NAME) };
}

/** The signature of a tool call, where Google's services in this format put it. */
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
