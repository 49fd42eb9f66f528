/** What a service is to say in one reply, whatever its wire format. */
export interface Spoken {
  readonly thought?: { readonly text: string; readonly signature: string };
  readonly text?: string;
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly input: object }[];
  /** Default: `stop`, or `calls` where there are some. */
  readonly end?: 'stop' | 'length' | 'refusal' | 'stop-sequence';
  /** Said, as an error inside the stream, after everything above. */
  readonly error?: string;
}

/** Of one wire format: how its services say it, and what a request to them says. */
export interface ServiceFormat {
  json(spoken: Spoken): object;
  /** A stream's text, each event whole. */
  stream(spoken: Spoken): readonly string[];
  /** The body of a refusal with HTTP 400. */
  refused(message: string): object;
  /** What the history of a request holds. */
  history(body: Body): History;
}

export type Body = Readonly<Record<string, unknown>>;

/** What a service sees of the turns before. */
export interface History {
  /** `user: hi`, `call get_weather {…}`, `result …`, `assistant: …`, in order. */
  readonly turns: readonly string[];
  /** Signatures of thoughts, in order. */
  readonly signatures: readonly string[];
}

export const PROMPT_TOKENS = 11;
export const REPLY_TOKENS = 7;

/** Two pieces of a text, so that streams have several deltas. */
export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

export const sse = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
export const named = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

export const listOf = (value: unknown): Body[] => (Array.isArray(value) ? (value as Body[]) : []);
/** A text as it is, and anything else as JSON. */
export const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
export const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : listOf(content)
        .map(({ text }) => wordOf(text ?? ''))
        .join('');
