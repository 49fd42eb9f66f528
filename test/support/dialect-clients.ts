import Anthropic from '@anthropic-ai/sdk';
import OldAnthropic from 'anthropic-sdk-0';
import OpenAI from 'openai';
import { TEST_KEY } from './start-gateway.js';

/** What a client asks, whatever it speaks. */
export interface Asked {
  readonly model: string;
  readonly system?: string;
  readonly question: string;
  /** A red square beside the question. */
  readonly hasImage?: boolean;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly { readonly name: string; readonly parameters: Record<string, unknown> }[];
  /** What came of the calls of an earlier turn. */
  readonly results?: readonly { readonly call: Call; readonly content: string; readonly isError?: boolean }[];
  readonly schema?: Record<string, unknown>;
}

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** What the client understood. */
export interface Understood {
  readonly text: string;
  readonly calls: readonly Call[];
  /** `stop`, `length`, `tools`, or the client's own word. */
  readonly end: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

export type DialectClient = (url: string, asked: Asked, signal?: AbortSignal) => Promise<Understood>;

/** In base64. */
const SQUARE =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mO4YGCAFTEMLQkA2ntMAZZ5tYQAAAAASUVORK5CYII=';

const ENDS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  max_output_tokens: 'length',
  tool_use: 'tools',
  tool_calls: 'tools',
};
const endOf = (word: string | null | undefined): string => ENDS[word ?? ''] ?? String(word);

async function chat(url: string, asked: Asked, signal?: AbortSignal): Promise<Understood> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  const { tools, schema, results = [] } = asked;
  const body: OpenAI.ChatCompletionCreateParamsNonStreaming = {
    model: asked.model,
    messages: [
      ...(asked.system === undefined ? [] : [{ role: 'system' as const, content: asked.system }]),
      {
        role: 'user',
        content: asked.hasImage
          ? [
              { type: 'text', text: asked.question },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${SQUARE}` } },
            ]
          : asked.question,
      },
      ...(results.length === 0
        ? []
        : [
            {
              role: 'assistant' as const,
              content: null,
              tool_calls: results.map(({ call }) => ({
                id: call.id,
                type: 'function' as const,
                function: { name: call.name, arguments: JSON.stringify(call.input) },
              })),
            },
          ]),
      ...results.map(({ call, content }) => ({ role: 'tool' as const, tool_call_id: call.id, content })),
    ],
    max_tokens: asked.maxTokens,
    stop: asked.stop === undefined ? undefined : [...asked.stop],
    tools: tools?.map((tool) => ({ type: 'function', function: { ...tool } })),
    response_format:
      schema === undefined ? undefined : { type: 'json_schema', json_schema: { name: 'made', schema } },
  };
  const completion = asked.stream
    ? await client.chat.completions
        .stream({ ...body, stream: true, stream_options: { include_usage: true } }, { signal })
        .finalChatCompletion()
    : await client.chat.completions.create(body, { signal });
  const [choice] = completion.choices;
  return {
    text: choice!.message.content ?? '',
    calls: (choice!.message.tool_calls ?? []).map((call) => {
      if (call.type !== 'function') throw new Error(`a call of type ${call.type}`);
      return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown };
    }),
    end: endOf(choice!.finish_reason),
    inputTokens: completion.usage?.prompt_tokens,
    outputTokens: completion.usage?.completion_tokens,
  };
}

async function responses(url: string, asked: Asked, signal?: AbortSignal): Promise<Understood> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  const { tools, schema, results = [] } = asked;
  const body: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
    model: asked.model,
    instructions: asked.system,
    input: [
      {
        role: 'user',
        content: asked.hasImage
          ? [
              { type: 'input_text', text: asked.question },
              { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${SQUARE}` },
            ]
          : asked.question,
      },
      ...results.map(({ call }) => ({
        type: 'function_call' as const,
        call_id: call.id,
        name: call.name,
        arguments: JSON.stringify(call.input),
      })),
      ...results.map(({ call, content }) => ({
        type: 'function_call_output' as const,
        call_id: call.id,
        output: content,
      })),
    ],
    max_output_tokens: asked.maxTokens,
    tools: tools?.map(({ name, parameters }) => ({ type: 'function', name, parameters, strict: false })),
    text: schema === undefined ? undefined : { format: { type: 'json_schema', name: 'made', schema } },
  };
  const response = asked.stream
    ? await client.responses.stream({ ...body, stream: true }, { signal }).finalResponse()
    : await client.responses.create(body, { signal });
  const calls = response.output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }]
      : [],
  );
  return {
    text: response.output_text,
    calls,
    end: calls.length > 0 ? 'tools' : endOf(response.incomplete_details?.reason ?? 'stop'),
    inputTokens: response.usage?.input_tokens,
    outputTokens: response.usage?.output_tokens,
  };
}

const messagesWith =
  (Sdk: typeof Anthropic): DialectClient =>
  async (url, asked, signal) => {
    const client = new Sdk({ baseURL: url, apiKey: TEST_KEY, maxRetries: 0 });
    const { tools, schema, results = [] } = asked;
    const body: Anthropic.MessageCreateParamsNonStreaming = {
      model: asked.model,
      max_tokens: asked.maxTokens ?? 1000,
      ...(asked.system !== undefined && { system: asked.system }),
      messages: [
        {
          role: 'user',
          content: asked.hasImage
            ? [
                { type: 'text', text: asked.question },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: SQUARE } },
              ]
            : asked.question,
        },
        ...(results.length === 0
          ? []
          : [
              {
                role: 'assistant' as const,
                content: results.map(({ call }) => ({
                  type: 'tool_use' as const,
                  id: call.id,
                  name: call.name,
                  input: call.input as Record<string, unknown>,
                })),
              },
              {
                role: 'user' as const,
                content: results.map(({ call, content, isError }) => ({
                  type: 'tool_result' as const,
                  tool_use_id: call.id,
                  content,
                  ...(isError === true && { is_error: true }),
                })),
              },
            ]),
      ],
      ...(asked.stop !== undefined && { stop_sequences: [...asked.stop] }),
      ...(tools !== undefined && {
        tools: tools.map(({ name, parameters }) => ({
          name,
          input_schema: parameters as Anthropic.Tool.InputSchema,
        })),
      }),
      ...(schema !== undefined && { output_config: { format: { type: 'json_schema' as const, schema } } }),
    };
    const message = asked.stream
      ? await client.messages.stream(body, { signal }).finalMessage()
      : await client.messages.create(body, { signal });
    return {
      text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      calls: message.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
      ),
      end: endOf(message.stop_reason),
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
    };
  };

/** The real SDKs, by the wire format that they speak. */
export const CLIENTS: Readonly<Record<string, DialectClient>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messagesWith(Anthropic),
  'anthropic-messages (SDK 0.x)': messagesWith(OldAnthropic as unknown as typeof Anthropic),
};
