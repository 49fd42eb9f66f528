const LINE_FEED = 10;

/** The reader returned by `Response.body.getReader()`. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/**
 * Reads server-sent events and yields the data of each complete event, wherever the bytes were
 * split. Ignores comments, other fields and an incomplete last event. Format:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* eventData(reader: ByteReader): AsyncGenerator<string, void> {
  // Decodes characters split between two reads, and drops a byte order mark.
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let wasReturn = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    let text = decoder.decode(value, { stream: true });
    if (text === '') continue;
    // A CR alone ends a line; the LF of a CRLF may arrive with the next read.
    if (wasReturn && text.charCodeAt(0) === LINE_FEED) text = text.slice(1);
    wasReturn = text === '' ? false : text.endsWith('\r');
    const lines = (rest + text).split(/\r\n|\n|\r/u);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        const content = dataOf(line);
        if (content !== undefined) data.push(content);
      } else if (data.length > 0) {
        const event = data.join('\n');
        data = [];
        yield event;
      }
    }
  }
}

function dataOf(line: string): string | undefined {
  if (line === 'data') return '';
  if (!line.startsWith('data:')) return undefined;
  return line.slice(line.startsWith('data: ') ? 'data: '.length : 'data:'.length);
}
