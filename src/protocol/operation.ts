/** Something that a model can be asked to do. */
export interface Operation {
  /** `gen_ai.operation.name` of metrics and spans, as OpenTelemetry's conventions have it; also the first word of a span. */
  readonly name: string;
  /** Where OpenAI-compatible services have it, below their base address. */
  readonly path: string;
}

export const CHAT: Operation = { name: 'chat', path: '/chat/completions' };

/** Where OpenAI-compatible services list their models, below their base address. */
const MODELS_PATH = '/models';

/** The list of models beside an operation of the same service; a path that does not end in the operation stays. */
export function modelsPathBeside({ path }: Operation, pathname: string): string {
  return pathname.endsWith(path) ? pathname.slice(0, -path.length) + MODELS_PATH : pathname;
}
