import { type Seal } from '../../conversation/prompt.js';
import { isJsonObject } from '../../protocol/json.js';

/** The name of the format, which its seals bear. */
export const GEMINI_NAME = 'gemini';
const MARK = '__sig__';

/** The signature in a seal; undefined for seals of other formats. */
export function signatureOf(seal: Seal | undefined): string | undefined {
  return seal?.dialect === GEMINI_NAME && typeof seal.value === 'string' ? seal.value : undefined;
}

/** A signature that came with a text of the reply, not with a thought or a call. */
interface TextSignature {
  readonly signature: string;
  /** It came with an empty text, as streams end: parts with a signature and parts without must not be joined. */
  readonly isAlone: boolean;
}

export function sealOfText(signature: string, isAlone: boolean): Seal {
  return { dialect: GEMINI_NAME, value: { text: signature, ...(isAlone && { isAlone }) } };
}

/** @returns undefined for all other seals */
export function textSignatureOf(seal: Seal | undefined): TextSignature | undefined {
  if (seal?.dialect !== GEMINI_NAME || !isJsonObject(seal.value)) return undefined;
  const { text, isAlone } = seal.value;
  return typeof text === 'string' ? { signature: text, isAlone: isAlone === true } : undefined;
}

/**
 * The id of a tool call that carries the call's signature: no other format of clients has a place for it, and the
 * service refuses the next turn without it.
 * @param signature in base64
 */
export function withSignature(id: string, signature: string): string {
  return `${id}${MARK}${Buffer.from(signature, 'base64').toString('base64url')}`;
}

export function withoutSignature(id: string): { plainId: string; signature: string | undefined } {
  const at = id.indexOf(MARK);
  if (at < 0) return { plainId: id, signature: undefined };
  const signature = Buffer.from(id.slice(at + MARK.length), 'base64url').toString('base64');
  return { plainId: id.slice(0, at), signature };
}
