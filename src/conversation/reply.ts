import { type Seal } from './prompt.js';

/** A model's reply, piece by piece, independent of any wire format. */
export type ReplyEvent =
  /** The first of all. @see ReplyWriter */
  | { readonly kind: 'start'; readonly model: string; readonly id: string | undefined }
  /** Consecutive deltas of one kind belong together; another kind between them begins a new block. */
  | { readonly kind: 'text' | 'reasoning' | 'refusal'; readonly delta: string }
  /** Ends the preceding block of reasoning, or is a block of its own if none is open. */
  | { readonly kind: 'seal'; readonly seal: Seal }
  | { readonly kind: 'tool-calls'; readonly pieces: readonly ToolCallPiece[] }
  /** A source of what was said before; the block of text that is open goes on. */
  | { readonly kind: 'citation'; readonly citation: Citation }
  /** @see https://platform.openai.com/docs/api-reference/chat/object for the usual words */
  | {
      readonly kind: 'finish';
      readonly reason: string;
      /** The stop sequence that ended the reply, if the service reports it. */
      readonly stopSequence?: string;
      /** Why the model refused, in the service's words. */
      readonly explanation?: string;
    }
  /** The counts by their names in OpenAI's chat, cached tokens included, and any further counts of the service. */
  | { readonly kind: 'usage'; readonly counts: Readonly<Record<string, unknown>> }
  /** The last of all. */
  | { readonly kind: 'end' };

/** Where something that a reply says is from. */
export interface Citation {
  readonly url: string;
  readonly title?: string;
  /** The words of the source. */
  readonly quote?: string;
  /** The first character that is from there, in UTF-16 code units of all the reply's text. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** More of one tool call. */
export interface ToolCallPiece {
  /** Its position among the reply's calls, from 0 on. */
  readonly index: number;
  /** In the first piece of a call, and only there. */
  readonly id?: string;
  /** `function`, or `custom` for a tool whose input is free text. */
  readonly type?: string;
  /** In the first piece that knows it. */
  readonly name?: string;
  /** A piece of the JSON text, or of the free text, perhaps an empty one. */
  readonly arguments: string;
  readonly seal?: Seal;
}
