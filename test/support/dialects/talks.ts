import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { TEST_KEY } from '../start-gateway.js';

/** How a client asks, whatever its format. */
export interface Wishes {
  readonly model: string;
  readonly stream: boolean;
  readonly system?: string;
  readonly hasThoughts?: boolean;
  readonly stop?: readonly string[];
  readonly tools?: readonly string[];
  readonly maxTokens?: number;
}

/** What comes next from the user's side. */
export type Said =
  | { readonly text: string }
  | {
      readonly results: readonly {
        readonly text: string;
        readonly isError?: boolean;
        readonly image?: string;
      }[];
    };

/** What a client understood of a reply. */
export interface Heard {
  readonly text: string;
  readonly thought: string;
  readonly refusal: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  /** The client's own word. */
  readonly end: string;
  readonly stopSequence: string | undefined;
  readonly tokens: readonly [input: number | undefined, output: number | undefined];
  readonly dropped: string | null;
}

/** A conversation of one client, which sends back what it got as its SDK's documents say. */
export interface Talk {
  say(said: Said): Promise<Heard>;
}

const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } };

class ChatTalk implements Talk {
  readonly #messages: OpenAI.ChatCompletionMessageParam[] = [];
  #calls: readonly OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
  readonly #client: OpenAI;

  constructor(
    url: string,
    private readonly wishes: Wishes,
  ) {
    this.#client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
    if (wishes.system !== undefined) this.#messages.push({ role: 'system', content: wishes.system });
  }

  async say(said: Said): Promise<Heard> {
    const { model, hasThoughts, stop, tools, maxTokens } = this.wishes;
    if ('text' in said) this.#messages.push({ role: 'user', content: said.text });
    else {
      for (const [index, { text }] of said.results.entries())
        this.#messages.push({ role: 'tool', tool_call_id: this.#calls[index]!.id, content: text });
    }
    const body: OpenAI.ChatCompletionCreateParamsNonStreaming = {
      model,
      messages: this.#messages,
      ...(hasThoughts && { reasoning_effort: 'high' }),
      ...(stop && { stop: [...stop] }),
      ...(maxTokens && { max_tokens: maxTokens }),
      ...(tools && {
        tools: tools.map((name) => ({ type: 'function', function: { name, parameters: SCHEMA } })),
      }),
    };
    const { message, end, usage, dropped, stopSequence } = await this.#ask(body);
    this.#messages.push(message);
    this.#calls = (message.tool_calls ?? []) as OpenAI.ChatCompletionMessageFunctionToolCall[];
    return {
      text: (message.content as string | null) ?? '',
      thought: message.reasoning_content ?? '',
      refusal: message.refusal ?? '',
      calls: this.#calls.map(({ function: { name, arguments: text } }) => ({
        name,
        input: JSON.parse(text) as unknown,
      })),
      end,
      stopSequence,
      tokens: [usage?.prompt_tokens, usage?.completion_tokens],
      dropped,
    };
  }

  async #ask(body: OpenAI.ChatCompletionCreateParamsNonStreaming) {
    if (!this.wishes.stream) {
      const { data, response } = await this.#client.chat.completions.create(body).withResponse();
      const [choice] = data.choices;
      return {
        message: choice!.message as ChatMessage,
        end: choice!.finish_reason as string,
        stopSequence: (choice as { stop_reason?: string }).stop_reason,
        usage: data.usage,
        dropped: response.headers.get('x-gateway-dropped'),
      };
    }
    const { data, response } = await this.#client.chat.completions
      .create({ ...body, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const message: ChatMessage = { role: 'assistant', content: null };
    const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
    const details: Detail[] = [];
    let end = '';
    let stopSequence: string | undefined;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of data) {
      usage = chunk.usage ?? usage;
      const [choice] = chunk.choices;
      if (choice === undefined) continue;
      const delta = choice.delta as typeof choice.delta & ChatMessage;
      if (delta.content)
        message.content = ((message.content as string | null) ?? '') + (delta.content as string);
      if (delta.refusal) message.refusal = (message.refusal ?? '') + delta.refusal;
      if (delta.reasoning_content)
        message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content;
      for (const detail of delta.reasoning_details ?? []) {
        const known = details[detail.index];
        details[detail.index] = { ...known, ...detail, text: (known?.text ?? '') + (detail.text ?? '') };
      }
      for (const { index, id, function: piece, ...rest } of choice.delta.tool_calls ?? []) {
        const call = (calls[index] ??= {
          ...rest,
          id: id!,
          type: 'function',
          function: { name: '', arguments: '' },
        });
        call.function.name += piece?.name ?? '';
        call.function.arguments += piece?.arguments ?? '';
      }
      end = choice.finish_reason ?? end;
      stopSequence = (choice as { stop_reason?: string }).stop_reason ?? stopSequence;
    }
    if (calls.length > 0) message.tool_calls = calls;
    if (details.length > 0) message.reasoning_details = details;
    return { message, end, stopSequence, usage, dropped: response.headers.get('x-gateway-dropped') };
  }
}

/** With the fields that services and clients of reasoning models have agreed on. */
interface ChatMessage extends OpenAI.ChatCompletionAssistantMessageParam {
  reasoning_content?: string;
  reasoning_details?: readonly Detail[];
}

/** Comes in pieces, whose texts are joined. */
interface Detail {
  readonly index: number;
  readonly text?: string;
}

class ResponsesTalk implements Talk {
  readonly #input: OpenAI.Responses.ResponseInputItem[] = [];
  #calls: readonly OpenAI.Responses.ResponseFunctionToolCall[] = [];
  readonly #client: OpenAI;

  constructor(
    url: string,
    private readonly wishes: Wishes,
  ) {
    this.#client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  }

  async say(said: Said): Promise<Heard> {
    const { model, hasThoughts, tools, maxTokens, system, stream } = this.wishes;
    if ('text' in said) this.#input.push({ role: 'user', content: said.text });
    else {
      for (const [index, { text, image }] of said.results.entries()) {
        const { call_id } = this.#calls[index]!;
        const output =
          image === undefined
            ? text
            : [
                { type: 'input_text' as const, text },
                { type: 'input_image' as const, image_url: `data:image/png;base64,${image}` },
              ];
        this.#input.push({ type: 'function_call_output', call_id, output });
      }
    }
    const body: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
      model,
      input: this.#input,
      store: false,
      instructions: system,
      ...(hasThoughts && {
        reasoning: { effort: 'high', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
      }),
      ...(maxTokens && { max_output_tokens: maxTokens }),
      ...(tools && {
        tools: tools.map((name) => ({ type: 'function', name, parameters: SCHEMA, strict: false })),
      }),
    };
    const { response, dropped } = await this.#ask(body, stream);
    // What the client sends back is what it got.
    this.#input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
    this.#calls = response.output.filter((item) => item.type === 'function_call');
    const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
    const cut = response.incomplete_details?.reason;
    return {
      text: response.output_text,
      thought: response.output
        .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
        .map(({ text }) => text)
        .join(''),
      refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
      calls: this.#calls.map(({ name, arguments: text }) => ({ name, input: JSON.parse(text) as unknown })),
      end: cut ?? String(response.status),
      stopSequence: undefined,
      tokens: [response.usage?.input_tokens, response.usage?.output_tokens],
      dropped,
    };
  }

  async #ask(body: OpenAI.Responses.ResponseCreateParamsNonStreaming, isStream: boolean) {
    if (!isStream) {
      const { data, response } = await this.#client.responses.create(body).withResponse();
      return { response: data, dropped: response.headers.get('x-gateway-dropped') };
    }
    const { data, response } = await this.#client.responses.create({ ...body, stream: true }).withResponse();
    let last: OpenAI.Responses.Response | undefined;
    const output: OpenAI.Responses.ResponseOutputItem[] = [];
    for await (const event of data) {
      // As Codex does: each item from the event that ends it.
      if (event.type === 'response.output_item.done') output[event.output_index] = event.item;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
      if (event.type === 'response.failed') throw new Error(event.response.error?.message);
    }
    if (last === undefined) throw new Error('the stream has ended without a response');
    expect(output).toEqual(last.output);
    const output_text = output
      .flatMap((item) => (item.type === 'message' ? item.content : []))
      .map((part) => (part.type === 'output_text' ? part.text : ''))
      .join('');
    return { response: { ...last, output_text }, dropped: response.headers.get('x-gateway-dropped') };
  }
}

class MessagesTalk implements Talk {
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

/** Conversations by the wire format of the client. */
export const TALKS: Readonly<Record<string, new (url: string, wishes: Wishes) => Talk>> = {
  'openai-chat': ChatTalk,
  'openai-responses': ResponsesTalk,
  'anthropic-messages': MessagesTalk,
};
