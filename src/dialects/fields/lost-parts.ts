import { type FilePart, type Part, type Prompt, type ReasoningPart } from '../../conversation/prompt.js';

/**
 * Whether reasoning of earlier turns is left out: services take back only what they have signed themselves.
 * @param isSent of the parts that the service gets
 */
export function losesReasoning({ turns }: Prompt, isSent: (part: ReasoningPart) => boolean): boolean {
  return turns.some(({ parts }) => parts.some((part) => part.kind === 'reasoning' && !isSent(part)));
}

/** Whether there is such a file in the conversation. */
export function hasFile({ turns }: Prompt, isSuch: (file: FilePart) => boolean): boolean {
  const has = (part: Part): boolean =>
    part.kind === 'tool-result' ? part.parts.some(has) : part.kind === 'file' && isSuch(part);
  return turns.some(({ parts }) => parts.some(has));
}
