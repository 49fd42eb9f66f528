import { type Seal } from '../../conversation/prompt.js';

/** The name of the format, which its seals bear. */
export const GEMINI_NAME = 'gemini';
const MARK = '__sig__';

/** The signature in a seal; undefined for seals of other formats. */
export function signatureOf(seal: Seal | undefined): string | undefined {
  return seal?.dialect === GEMINI_NAME && typeof seal.value === 'string' ? seal.value : undefined;
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
