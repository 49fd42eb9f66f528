import { type Prompt } from '../../conversation/prompt.js';

/** Whether a prompt says what of it may be cached, which most formats have no place for. */
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
