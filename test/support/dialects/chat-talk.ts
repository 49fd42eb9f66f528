import OpenAI from 'openai';
import { TEST_KEY } from '../start-gateway.js';
import { type Wishes, type Said, type Heard, type Talk, SCHEMA } from './talk.js';

export class ChatTalk implements Talk {
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
