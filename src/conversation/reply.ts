/** What a model replies, piece by piece, in the words of no wire format: the readers of services yield these events. */
export type ReplyEvent =
  /** The first of all. @see ReplyWriter */
  | { readonly kind: 'start'; readonly model: string; readonly id: string | undefined }
  | { readonly kind: 'text' | 'reasoning'; readonly delta: string }
  | { readonly kind: 'tool-calls'; readonly pieces: readonly ToolCallPiece[] }
  /** @see https://platform.openai.com/docs/api-reference/chat/object for the usual words */
  | { readonly kind: 'finish'; readonly reason: string }
  /** The counts by OpenAI's names, and whatever else the service tells of them. */
  | { readonly kind: 'usage'; readonly counts: Readonly<Record<string, unknown>> }
  /** The last of all. */
  | { readonly kind: 'end' };

/** More of one tool call. */
export interface ToolCallPiece {
  /** Its position among the reply's calls, from 0 on. */
  readonly index: number;
  /** In the first piece of a call, and only there. */
  readonly id?: string;
  readonly type?: string;
  /** In the first piece that knows it. */
  readonly name?: string;
  /** A piece of the JSON text, perhaps an empty one. */
  readonly arguments: string;
}
