import { type Seal } from '../../conversation/prompt.js';
import { isJsonObject } from '../../protocol/json.js';

/** The name of the format, which its seals contain. */
export const GEMINI_NAME = 'gemini';
const MARK = '__sig__';

/** The signature in a seal; undefined for seals of other formats. */
export function signatureOf(seal: Seal | undefined): string | undefined {
  return seal?.dialect === GEMINI_NAME && typeof seal.value === 'string' ? seal.value : undefined;
}

/** A signature that arrived with a text of the reply, not with a thought or a call. */
interface TextSignature {
  readonly signature: string;
  /**
   * Whether it arrived with an empty text, as at the end of a stream. Parts with and without a
   * signature must not be joined.
   */
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
 * The id of a tool call with the call's signature in it. Client formats have no other place for the
 * signature, without which the service refuses the next turn.
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
