/** The content of a stream, read as SDKs read it. */
export interface ReadStream {
  readonly text: string;
  readonly chunks: Record<string, unknown>[];
  /** The in-band error, if there was one. */
  readonly error: Record<string, unknown> | undefined;
  readonly isDone: boolean;
  /** The contents of the deltas, joined. */
  readonly content: string;
}

export async function readSse(response: Response): Promise<ReadStream> {
  return parseSse(await response.text());
}

/** Every event must parse: half an event would make an SDK throw. */
export function parseSse(text: string): ReadStream {
  const data = text
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith('data:')))
    .map((line) => line.slice(5).trim());
  const events = data
    .filter((item) => item !== '[DONE]')
    .map((item) => JSON.parse(item) as Record<string, unknown>);
  const chunks = events.filter((event) => !('error' in event));
  return {
    text,
    chunks,
    error: events.find((event) => 'error' in event)?.['error'] as Record<string, unknown> | undefined,
    isDone: data.at(-1) === '[DONE]',
    content: chunks
      .map((chunk) => (chunk['choices'] as { delta?: { content?: string } }[])[0]?.delta?.content ?? '')
      .join(''),
  };
}
