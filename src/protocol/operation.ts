/** Something that a model can be asked to do, and what it is called everywhere. */
export interface Operation {
  /** `gen_ai.operation.name` of metrics and spans, as OpenTelemetry's conventions have it; also the first word of a span. */
  readonly name: string;
  /** The gateway's own route, POST. */
  readonly route: string;
  /** Where OpenAI-compatible services have it, below their base address. */
  readonly path: string;
}

export const CHAT: Operation = {
  name: 'chat',
  route: '/v1/chat/completions',
  path: '/chat/completions',
};

export const OPERATIONS: readonly Operation[] = [CHAT];

/** Where OpenAI-compatible services list their models, below their base address. */
const MODELS_PATH = '/models';

/** The list of models beside an operation of the same service; a path that does not end in the operation stays. */
export function modelsPathBeside({ path }: Operation, pathname: string): string {
  return pathname.endsWith(path) ? pathname.slice(0, -path.length) + MODELS_PATH : pathname;
}
