import { type FilePart, type Part, type Prompt, type ReasoningPart } from '../../conversation/prompt.js';

/**
 * Whether reasoning of earlier turns is dropped, because services accept only what they have signed
 * themselves.
 * @param isSent whether the service gets a part
 */
export function losesReasoning({ turns }: Prompt, isSent: (part: ReasoningPart) => boolean): boolean {
  return turns.some(({ parts }) => parts.some((part) => part.kind === 'reasoning' && !isSent(part)));
}

/** Whether the conversation contains a matching file. */
export function hasFile({ turns }: Prompt, isSuch: (file: FilePart) => boolean): boolean {
  const has = (part: Part): boolean =>
    part.kind === 'tool-result' ? part.parts.some(has) : part.kind === 'file' && isSuch(part);
  return turns.some(({ parts }) => parts.some(has));
}
