/**
 * The headers of an HTML page that loads files only from its own server and cannot be framed.
 * @param script,style,image,media sources that the content security policy allows in addition to
 * the page's own files
 */
export function pageHeaders({ script = '', style = '', image = '', media = '' } = {}): Record<
  string,
  string
> {
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'${script}; style-src 'self'${style}; img-src 'self'${image}; ` +
      `${media === '' ? '' : `media-src${media}; `}connect-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
