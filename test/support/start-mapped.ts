import { type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

export const MAPPED_TOKEN = 'mapped-token-1234';

/** A gateway with mapped models, all on one service that does what each test needs. */
export interface MappedGateway {
  readonly gateway: TestGateway;
  readonly upstream: TestUpstream;
  /** A chat with one of the models. */
  ask(model: string, extra?: Record<string, unknown>, signal?: AbortSignal): Promise<Response>;
  /** The JSON body of the last call to the service. */
  lastBody(): unknown;
  close(): Promise<void>;
}

export async function startMapped(
  models: Readonly<Record<string, Record<string, unknown>>>,
  content: Record<string, unknown> = {},
): Promise<MappedGateway> {
  const upstream = await startUpstream();
  const gateway = await startGateway({
    ...content,
    models: {
      request: Object.entries(models).map(([name, blocks]) => ({
        name,
        model_name: 'upstream-name',
        base_url: `${upstream.url}/base`,
        token: MAPPED_TOKEN,
        ...blocks,
      })),
    },
  });
  return {
    gateway,
    upstream,
    ask: (model, extra = {}, signal) =>
      gateway.chat({ model, messages: [{ role: 'user', content: 'Tell me.' }], ...extra }, { signal }),
    lastBody: () => JSON.parse(upstream.calls.at(-1)!.body.toString()) as unknown,
    close: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** The first choice of a JSON response, and the fields beside it. */
export async function readCompletion(response: Response): Promise<{
  readonly content: unknown;
  readonly message: Record<string, unknown>;
  readonly finishReason: unknown;
  readonly usage: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}> {
  const body = (await response.json()) as Record<string, unknown>;
  const [choice] = (body['choices'] ?? []) as { message: Record<string, unknown>; finish_reason: unknown }[];
  return {
    body,
    message: choice?.message ?? {},
    content: choice?.message['content'],
    finishReason: choice?.finish_reason,
    usage: body['usage'] as Record<string, unknown>,
  };
}

export async function readError(response: Response): Promise<Record<string, unknown> & { status: number }> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { ...error, status: response.status };
}
