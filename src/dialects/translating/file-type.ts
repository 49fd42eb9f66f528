const MEDIA_TYPES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  html: 'text/html',
  xml: 'text/xml',
};

/**
 * The media type of a file that has none, by the extension of its name; default: PDF, the most
 * common type.
 */
export function fileType(name: string | undefined): string {
  const ending = name?.split('.').at(-1)?.toLowerCase() ?? '';
  return MEDIA_TYPES[ending] ?? 'application/pdf';
}
