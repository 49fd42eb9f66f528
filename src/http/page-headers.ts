/**
 * The headers of a page for people: it loads and asks nothing but its own server, and nobody may frame it.
 * @param style,image what its policy allows beside its own files
 */
export function pageHeaders({ style = '', image = '' } = {}): Record<string, string> {
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'${style}; img-src 'self'${image}; connect-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
