/** Something that a model can be asked to do. */
export interface Operation {
  /**
   * `gen_ai.operation.name` of metrics and spans, as in OpenTelemetry's conventions; also the first word of a
   * span's name.
   */
  readonly name: string;
  /** The results of one model mean nothing beside those of another: no other one takes over. */
  readonly isTiedToModel?: boolean;
}

export const CHAT: Operation = { name: 'chat' };
/** Estimates differ between models: no other one takes over. */
export const COUNT_TOKENS: Operation = { name: 'count_tokens', isTiedToModel: true };

/** Path of the models list at OpenAI-compatible services, below their base address. */
export const MODELS_PATH = '/models';
