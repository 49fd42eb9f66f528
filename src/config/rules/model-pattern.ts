/** The expression for a name of models, in which `*` matches anything, `/` included. */
export function modelPattern(text: string): RegExp {
  const literal = text.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'su');
}
