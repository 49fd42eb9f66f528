/** Something that a model can be asked to do. */
export interface Operation {
  /** `gen_ai.operation.name` of metrics and spans, as OpenTelemetry's conventions have it; also the first word of a span. */
  readonly name: string;
  /** Where OpenAI-compatible services have it, below their base address. */
  readonly path: string;
}

export const CHAT: Operation = { name: 'chat', path: '/chat/completions' };

/** Where OpenAI-compatible services list their models, below their base address. */
export const MODELS_PATH = '/models';
