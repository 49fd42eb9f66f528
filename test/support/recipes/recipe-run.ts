import { join } from 'node:path';
import OpenAI from 'openai';
import { type TestGateway, TEST_KEY, startGatewayOn } from '../start-gateway.js';
import { type TestUpstream, startUpstream } from '../start-upstream.js';
import { type RecipeService } from './recipe-service.js';

export const EXAMPLES = join(import.meta.dirname, '../../../config/examples');

export interface Told {
  readonly content: string;
  readonly usage: OpenAI.CompletionUsage | null | undefined;
  readonly finishReason: string | null | undefined;
  /** Number of deltas with a text. */
  readonly pieces: number;
}

/** One file of `config/examples`, called through the official client, next to its service. */
export class RecipeRun {
  private constructor(
    readonly upstream: TestUpstream,
    readonly gateway: TestGateway,
    readonly client: OpenAI,
  ) {}

  static async start(
    file: string,
    service: RecipeService,
    env: Record<string, string> = {},
  ): Promise<RecipeRun> {
    const upstream = await startUpstream((call) => service.handle(call));
    const gateway = await startGatewayOn(join(EXAMPLES, file), {
      GATEWAY_KEY: TEST_KEY,
      ...service.env(upstream.url),
      ...env,
    });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
    return new RecipeRun(upstream, gateway, client);
  }

  async ask(
    model: string,
    messages: OpenAI.ChatCompletionMessageParam[],
    isStream: boolean,
    extra: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
  ): Promise<Told> {
    if (!isStream) {
      const { choices, usage } = await this.client.chat.completions.create({ ...extra, model, messages });
      const [choice] = choices;
      const content = choice!.message.content ?? '';
      return { content, usage, finishReason: choice!.finish_reason, pieces: 1 };
    }
    const stream = await this.client.chat.completions.create({
      ...extra,
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const told = {
      content: '',
      usage: undefined as Told['usage'],
      finishReason: undefined as Told['finishReason'],
      pieces: 0,
    };
    for await (const { choices, usage } of stream) {
      const [choice] = choices;
      if (choice?.delta.content) {
        told.content += choice.delta.content;
        told.pieces++;
      }
      told.finishReason = choice?.finish_reason ?? told.finishReason;
      told.usage = usage ?? told.usage;
    }
    return told;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
  }
}
