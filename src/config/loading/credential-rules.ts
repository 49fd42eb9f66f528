const SCHEME = /^\s*(bearer|basic|token)\s/i;
const QUOTED = /^\s*(["'`])(.*)\1\s*$/s;

/** A scheme in front of a credential, which the gateway or the client puts there by itself. */
export function schemeIn(credential: string): string | undefined {
  return SCHEME.exec(credential)?.[1];
}

/** What a variable or a file brought along that nobody means: quotes, spaces and line ends; undefined without. */
export function wrappingOf(text: string): string | undefined {
  if (QUOTED.test(text)) return 'stands in quotes, which --env-file and the like do not take away';
  return text === text.trim() ? undefined : 'begins or ends with a space or a line end';
}
