/** An operation that a model can perform. */
export interface Operation {
  /**
   * `gen_ai.operation.name` of metrics and spans, as in OpenTelemetry's conventions; also the first
   * word of a span's name.
   */
  readonly name: string;
  /**
   * Whether no other model may take over, because results of different models cannot be combined.
   */
  readonly isTiedToModel?: boolean;
  /** Whether it uses nothing that is counted. */
  readonly isFree?: boolean;
}

export const CHAT: Operation = { name: 'chat' };
/** Estimates differ between models, so no other model takes over. */
export const COUNT_TOKENS: Operation = { name: 'count_tokens', isTiedToModel: true, isFree: true };
export const COMPLETIONS: Operation = { name: 'text_completion' };
/** Vectors of different models cannot be compared. */
export const EMBEDDINGS: Operation = { name: 'embeddings', isTiedToModel: true };
export const RERANK: Operation = { name: 'rerank' };
export const MODERATION: Operation = { name: 'moderation' };
export const IMAGES: Operation = { name: 'image_generation' };
export const SPEECH: Operation = { name: 'speech' };
export const TRANSCRIPTION: Operation = { name: 'transcription' };

/** Path of the models list at OpenAI-compatible services, below their base address. */
export const MODELS_PATH = '/models';
