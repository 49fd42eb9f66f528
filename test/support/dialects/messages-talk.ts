import Anthropic from '@anthropic-ai/sdk';
import { TEST_KEY } from '../start-gateway.js';
import { type Wishes, type Said, type Heard, type Talk, SCHEMA } from './talk.js';

export class MessagesTalk implements Talk {
  readonly #messages: Anthropic.MessageParam[] = [];
  #calls: readonly Anthropic.ToolUseBlock[] = [];
  readonly #client: Anthropic;

  constructor(
    url: string,
    private readonly wishes: Wishes,
  ) {
    this.#client = new Anthropic({ baseURL: url, apiKey: TEST_KEY, maxRetries: 0 });
  }

  async say(said: Said): Promise<Heard> {
    const { model, hasThoughts, stop, tools, maxTokens = 4000, system, stream } = this.wishes;
    const content: Anthropic.ContentBlockParam[] =
      'text' in said
        ? [{ type: 'text', text: said.text }]
        : said.results.map(({ text, isError, image }, index) => ({
            type: 'tool_result',
            tool_use_id: this.#calls[index]!.id,
            ...(isError && { is_error: true }),
            content: [
              { type: 'text', text },
              ...(image === undefined
                ? []
                : [
                    {
                      type: 'image' as const,
                      source: { type: 'base64' as const, media_type: 'image/png' as const, data: image },
                    },
                  ]),
            ],
          }));
    this.#messages.push({ role: 'user', content });
    const body: Anthropic.MessageCreateParamsNonStreaming = {
      model,
      max_tokens: maxTokens,
      messages: this.#messages,
      ...(system !== undefined && { system }),
      ...(hasThoughts && { thinking: { type: 'enabled', budget_tokens: 2000 } }),
      ...(stop && { stop_sequences: [...stop] }),
      ...(tools && { tools: tools.map((name) => ({ name, input_schema: SCHEMA })) }),
    };
    let dropped: string | null;
    let message: Anthropic.Message;
    if (stream) {
      const streamed = this.#client.messages.stream(body);
      message = await streamed.finalMessage();
      dropped = streamed.response!.headers.get('x-gateway-dropped');
    } else {
      const { data, response } = await this.#client.messages.create(body).withResponse();
      message = data;
      dropped = response.headers.get('x-gateway-dropped');
    }
    this.#messages.push({ role: 'assistant', content: message.content as Anthropic.ContentBlockParam[] });
    this.#calls = message.content.filter((block) => block.type === 'tool_use');
    const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    return {
      text,
      thought: message.content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
      refusal: message.stop_reason === 'refusal' ? text : '',
      calls: this.#calls.map(({ name, input }) => ({ name, input })),
      end: String(message.stop_reason),
      stopSequence: message.stop_sequence ?? undefined,
      tokens: [message.usage.input_tokens, message.usage.output_tokens],
      dropped,
    };
  }
}
