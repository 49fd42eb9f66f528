import { type ReasoningPart, type Seal } from '../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { sealOfText, sealToText } from '../translating/seals.js';

/** The name of the dialect, which its seals contain. */
export const NAME = 'anthropic-messages';

/*
 * A seal of this dialect is either the `signature` of a thinking block, as a text, or the `data` of
 * a redacted block, under `redacted`.
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */

/**
 * The seal for a signature that a client or a service sent; undefined for an empty one, which signs
 * nothing.
 */
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

/** The seal as a signature; empty if there is none. */
export function signatureOf(seal: Seal | undefined): string {
  return seal === undefined ? '' : sealToText(seal, NAME);
}

/** A piece of reasoning as a block for clients. */
export function thinkingBlock({ text, seal }: ReasoningPart): JsonObject {
  const data = seal && redactedData(seal);
  if (data !== undefined && text === '') return { type: 'redacted_thinking', data };
  return { type: 'thinking', thinking: text, signature: signatureOf(seal) };
}

/**
 * A piece of reasoning as a block for a service, which accepts only what it has sealed itself;
 * undefined for others.
 */
export function sealedBlock({ text, seal }: ReasoningPart): JsonObject | undefined {
  if (seal?.dialect !== NAME) return undefined;
  const data = redactedData(seal);
  if (data !== undefined) return { type: 'redacted_thinking', data };
  return typeof seal.value === 'string'
    ? { type: 'thinking', thinking: text, signature: seal.value }
    : undefined;
}
