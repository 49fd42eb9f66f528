const SCHEME = /^\s*(bearer|basic|token)\s/i;
const QUOTED = /^\s*(["'`])(.*)\1\s*$/s;

/** The scheme at the start of a credential, which the gateway or the client adds itself. */
export function schemeIn(credential: string): string | undefined {
  return SCHEME.exec(credential)?.[1];
}

/** Describes stray quotes, spaces or line ends around the value of a variable or a file; undefined if there are none. */
export function wrappingOf(text: string): string | undefined {
  if (QUOTED.test(text)) return 'is wrapped in quotes, which --env-file and similar options do not remove';
  return text === text.trim() ? undefined : 'begins or ends with a space or a line end';
}
