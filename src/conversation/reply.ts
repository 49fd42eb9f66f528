import { type Seal } from './prompt.js';

/** A model's reply, piece by piece, independent of any wire format. */
export type ReplyEvent =
  /** Always the first event. @see ReplyWriter */
  | { readonly kind: 'start'; readonly model: string; readonly id: string | undefined }
  /** Consecutive deltas of one kind belong together; another kind between them begins a new block. */
  | { readonly kind: 'text' | 'reasoning' | 'refusal'; readonly delta: string }
  /** Ends the preceding block of reasoning; if none is open, it is a block by itself. */
  | { readonly kind: 'seal'; readonly seal: Seal }
  | { readonly kind: 'tool-calls'; readonly pieces: readonly ToolCallPiece[] }
  /** The source of preceding text; the open block of text continues. */
  | { readonly kind: 'citation'; readonly citation: Citation }
  /** @see https://platform.openai.com/docs/api-reference/chat/object for the usual values */
  | {
      readonly kind: 'finish';
      readonly reason: string;
      /** The stop sequence that ended the reply, if the service reports it. */
      readonly stopSequence?: string;
      /** Why the model refused, in the service's words. */
      readonly explanation?: string;
    }
  /**
   * The counts under their names in OpenAI's chat format, cached tokens included, and any further
   * counts of the service.
   */
  | { readonly kind: 'usage'; readonly counts: Readonly<Record<string, unknown>> }
  /** Always the last event. */
  | { readonly kind: 'end' };

/** The source of a part of a reply. */
export interface Citation {
  readonly url: string;
  readonly title?: string;
  /** The quoted text of the source. */
  readonly quote?: string;
  /** Where the cited passage begins, in UTF-16 code units of the reply's whole text. */
  readonly start: number;
  /** Where it ends, exclusive. */
  readonly end: number;
}

/** A fragment of one tool call. */
export interface ToolCallPiece {
  /** The position of the call among the reply's calls, counted from 0. */
  readonly index: number;
  /** Only in the first fragment of a call. */
  readonly id?: string;
  /** `function`, or `custom` for a tool whose input is free text. */
  readonly type?: string;
  /** In the first fragment that has it. */
  readonly name?: string;
  /** A fragment of the JSON text, or of the free text; may be empty. */
  readonly arguments: string;
  readonly seal?: Seal;
}
