/** A variable of the environment, as LiteLLM's configuration names it. */
const VARIABLE = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/;

/** A text of LiteLLM's configuration with its variable as a placeholder; a literal `${` stays one. */
export function withPlaceholder(text: string): string {
  const name = VARIABLE.exec(text)?.[1];
  return name === undefined ? literal(text) : `\${${name}}`;
}

/** A text that means itself. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
