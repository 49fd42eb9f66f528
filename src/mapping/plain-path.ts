const PLAIN = /^\s*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*$/;
/** Mean something else than a field, alone or in a path. */
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/**
 * A path such as `data.delta.content` as a getter: most fields of a chunk are one, and the evaluator takes 2 µs and
 * a promise for what takes none. The getter answers undefined where JSONata does more than look: at lists.
 */
export function plainPath(
  source: string,
): ((input: unknown) => { readonly value: unknown } | undefined) | undefined {
  if (!PLAIN.test(source)) return undefined;
  const names = source.trim().split('.');
  if (names.some((name) => WORDS.has(name))) return undefined;
  return (input) => {
    let value = input;
    for (const name of names) {
      if (Array.isArray(value)) return undefined;
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return NOTHING;
      value = (value as Record<string, unknown>)[name];
    }
    return Array.isArray(value) ? undefined : { value };
  };
}

const NOTHING = { value: undefined };
