/** Something that a model can be asked to do. */
export interface Operation {
  /**
   * `gen_ai.operation.name` of metrics and spans, as in OpenTelemetry's conventions; also the first word of a
   * span's name.
   */
  readonly name: string;
  /** Path at OpenAI-compatible services, below their base address. */
  readonly path: string;
}

export const CHAT: Operation = { name: 'chat', path: '/chat/completions' };

/** Path of the models list at OpenAI-compatible services, below their base address. */
export const MODELS_PATH = '/models';
