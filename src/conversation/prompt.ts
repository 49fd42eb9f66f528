/** What a client asks a model, independent of any wire format. */
export interface Prompt {
  /** Instructions that precede the conversation, in order. */
  readonly system: readonly TextPart[];
  /** In order; neighbours may have the same role. */
  readonly turns: readonly Turn[];
  /** Tools that the client can run; may be empty. */
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** False: at most one call in a reply. */
  readonly parallelToolCalls?: boolean;
  readonly sampling: Sampling;
  readonly output: OutputFormat;
  readonly reasoning?: ReasoningWish;
  /** An opaque id of the end user. */
  readonly user?: string;
  /** Names of request fields that a prompt cannot hold. The gateway reports their loss. */
  readonly dropped: readonly string[];
}

export interface Turn {
  /**
   * `system` only for instructions within the conversation; tool results are parts of user turns.
   */
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
}

export type Part =
  TextPart | ImagePart | AudioPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart;

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
  /** The prompt up to here may be cached: `cache_control` of Anthropic's API. */
  readonly cache?: Readonly<Record<string, unknown>>;
}

export interface ImagePart {
  readonly kind: 'image';
  readonly source: Source;
  /** OpenAI's `detail`: `low`, `high`, `auto`. */
  readonly detail?: string;
  readonly cache?: Readonly<Record<string, unknown>>;
}

export interface AudioPart {
  readonly kind: 'audio';
  /** In base64. */
  readonly data: string;
  /** Such as `wav` or `mp3`. */
  readonly format: string;
}

/** A document, such as a PDF. */
export interface FilePart {
  readonly kind: 'file';
  readonly source: Source;
  readonly name?: string;
  readonly cache?: Readonly<Record<string, unknown>>;
}

export type Source =
  | { readonly kind: 'url'; readonly url: string }
  /** `data` in base64. */
  | { readonly kind: 'data'; readonly mediaType: string; readonly data: string }
  /** A file stored at the service. */
  | { readonly kind: 'id'; readonly id: string };

/** The model's reasoning in an earlier turn. */
export interface ReasoningPart {
  readonly kind: 'reasoning';
  /** May be empty if there is a seal. */
  readonly text: string;
  readonly seal?: Seal;
}

/** A call of a tool by the model. */
export interface ToolCallPart {
  readonly kind: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** A JSON text; for a custom tool, its free-text input. */
  readonly arguments: string;
  readonly isCustom?: boolean;
  readonly seal?: Seal;
  readonly cache?: Readonly<Record<string, unknown>>;
}

export interface ToolResultPart {
  readonly kind: 'tool-result';
  /** The id of the call. */
  readonly id: string;
  /** May be empty. */
  readonly parts: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError?: boolean;
  readonly cache?: Readonly<Record<string, unknown>>;
}

/**
 * Opaque data that a service expects back unchanged in later turns: the signature of its reasoning,
 * or encrypted reasoning. It may be sent only in the dialect that created it.
 */
export interface Seal {
  /** The name of the dialect that created it. */
  readonly dialect: string;
  /** Any JSON value that this dialect understands. */
  readonly value: unknown;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** A JSON Schema of its arguments; undefined for a custom tool, whose input is free text. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly isCustom?: boolean;
  /** The grammar of a custom tool's input, in the form of OpenAI's `format`. */
  readonly format?: unknown;
  readonly isStrict?: boolean;
  readonly cache?: Readonly<Record<string, unknown>>;
}

export type ToolChoice =
  { readonly kind: 'auto' | 'none' | 'required' } | { readonly kind: 'tool'; readonly name: string };

/** Undefined fields: the service's default. */
export interface Sampling {
  /** Maximum number of new tokens. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number | bigint;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Number of alternative replies; default: 1. */
  readonly choiceCount: number;
}

export type OutputFormat =
  | { readonly kind: 'text' | 'json' }
  | {
      readonly kind: 'schema';
      readonly name?: string;
      readonly description?: string;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly isStrict?: boolean;
    };

/** How much the model should reason. */
export interface ReasoningWish {
  readonly isEnabled: boolean;
  /** `minimal`, `low`, `medium`, `high`, `xhigh`, `max`. */
  readonly effort?: string;
  /** Maximum number of reasoning tokens. */
  readonly budgetTokens?: number;
  /** Whether the client wants summaries; undefined: the service's default. */
  readonly isVisible?: boolean;
}
