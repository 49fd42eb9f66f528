import { type ReasoningPart, type Seal } from '../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { sealOfText, sealToText } from '../translating/seals.js';

/** The name of the dialect, also of the seals that it makes. */
export const NAME = 'anthropic-messages';

/*
 * A seal of this dialect is the `signature` of a thinking block, a text, or the `data` of a redacted one, under
 * `redacted`. https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */

/** The seal that a client or a service writes as a signature; undefined for an empty one, which signs nothing. */
export function sealOfSignature(signature: unknown): Seal | undefined {
  return typeof signature === 'string' && signature !== '' ? sealOfText(signature, NAME) : undefined;
}

export function redactedSeal(data: string): Seal {
  return { dialect: NAME, value: { redacted: data } };
}

/** The data of a redacted block; undefined for any other seal. */
export function redactedData({ dialect, value }: Seal): string | undefined {
  if (dialect !== NAME || !isJsonObject(value)) return undefined;
  return typeof value['redacted'] === 'string' ? value['redacted'] : undefined;
}

/** The seal as a signature; empty for none. */
export function signatureOf(seal: Seal | undefined): string {
  return seal === undefined ? '' : sealToText(seal, NAME);
}

/** A piece of reasoning as the block that clients get of it. */
export function thinkingBlock({ text, seal }: ReasoningPart): JsonObject {
  const data = seal && redactedData(seal);
  if (data !== undefined && text === '') return { type: 'redacted_thinking', data };
  return { type: 'thinking', thinking: text, signature: signatureOf(seal) };
}

/** The same for a service, which takes back only what it has sealed itself; undefined for all else. */
export function sealedBlock({ text, seal }: ReasoningPart): JsonObject | undefined {
  if (seal?.dialect !== NAME) return undefined;
  const data = redactedData(seal);
  if (data !== undefined) return { type: 'redacted_thinking', data };
  return typeof seal.value === 'string'
    ? { type: 'thinking', thinking: text, signature: seal.value }
    : undefined;
}
