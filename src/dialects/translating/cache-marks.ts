import { type Prompt } from '../../conversation/prompt.js';

/** Whether a prompt marks parts to be cached, which most formats cannot express. */
export function hasCacheMarks({ system, turns, tools }: Prompt): boolean {
  const isMarked = (part: object): boolean => 'cache' in part && part.cache !== undefined;
  return (
    system.some(isMarked) ||
    tools.some(isMarked) ||
    turns.some(({ parts }) =>
      parts.some((part) => isMarked(part) || (part.kind === 'tool-result' && part.parts.some(isMarked))),
    )
  );
}
