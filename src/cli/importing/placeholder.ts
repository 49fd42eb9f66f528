/** An environment variable in LiteLLM's configuration. */
const VARIABLE = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/;

/** Replaces a variable of LiteLLM's configuration by a placeholder; escapes a literal `${`. */
export function withPlaceholder(text: string): string {
  const name = VARIABLE.exec(text)?.[1];
  return name === undefined ? literal(text) : `\${${name}}`;
}

/** Escapes `${` in a text, so that it is not read as a placeholder. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
