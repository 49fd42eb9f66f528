import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { type Message, parsed, readingOf } from '../fixtures/services/reading-of.js';
import { type Reading } from '../fixtures/services/service-behavior.js';
import { TEST_KEY } from './start-gateway.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** Created by `.ci/prepare`. */
export const PYTHON = join(ROOT, '.venv/bin/python');

/** A call of an SDK: for JSON, for a stream, or for a stream that the SDK joins. */
export interface SdkCall {
  readonly baseURL: string;
  readonly model: string;
  readonly how: 'json' | 'stream' | 'helper';
  readonly maxRetries?: number;
}
/** The result of a call. */
export type Outcome = { readonly reading: Reading } | { readonly error: string };

/** Makes calls, and returns the result of each. */
export type SdkClient = (calls: readonly SdkCall[]) => Promise<Outcome[]>;

/** @throws what the SDK raises */
type AskOnce = (call: SdkCall) => Promise<Reading>;

const QUESTION = [{ role: 'user' as const, content: 'hi' }];

const askOpenAi: AskOnce = async ({ baseURL, model, how, maxRetries = 0 }) => {
  const { completions } = new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries }).chat;
  if (how === 'json') {
    const completion = await completions.create({ model, messages: QUESTION });
    return readingOf(completion.choices[0]!.message as Message);
  }
  if (how === 'helper') {
    const completion = await completions.stream({ model, messages: QUESTION }).finalChatCompletion();
    return readingOf(completion.choices[0]!.message as Message);
  }
  let text = '';
  const calls = new Map<number, { name: string; args: string }>();
  for await (const { choices } of await completions.create({ model, messages: QUESTION, stream: true })) {
    for (const { delta } of (choices ?? []) as { delta?: OpenAI.ChatCompletionChunk.Choice.Delta }[]) {
      text += delta?.content ?? '';
      for (const { index, function: piece } of delta?.tool_calls ?? []) {
        const { name, args } = calls.get(index) ?? { name: '', args: '' };
        calls.set(index, { name: name + (piece?.name ?? ''), args: args + (piece?.arguments ?? '') });
      }
    }
  }
  return { text, calls: [...calls.values()].map(({ name, args }) => ({ name, args: parsed(args) })) };
};

const ANY_TOOL = tool({ inputSchema: jsonSchema<unknown>({ type: 'object' }) });

const askAi: AskOnce = async ({ baseURL, model: name, how, maxRetries = 0 }) => {
  const model = createOpenAICompatible({ name: 'gateway', baseURL, apiKey: TEST_KEY })(name);
  const tools = { get_weather: ANY_TOOL, get_time: ANY_TOOL, now: ANY_TOOL };
  const options = { model, tools, prompt: 'hi', maxRetries };
  const failures: unknown[] = [];
  const result =
    how === 'json'
      ? await generateText(options)
      : streamText({ ...options, onError: ({ error }) => void failures.push(error) });
  if ('consumeStream' in result) await result.consumeStream();
  if (failures.length > 0) throw failures[0];
  const calls = (await result.toolCalls).map(({ toolName, input }) => ({ name: toolName, args: input }));
  return { text: await result.text, calls };
};

const askLangChain: AskOnce = async ({ baseURL, model, how, maxRetries = 0 }) => {
  const chat = new ChatOpenAI({ model, apiKey: TEST_KEY, maxRetries, configuration: { baseURL } });
  let message: AIMessageChunk | undefined;
  if (how === 'json') message = await chat.invoke('hi');
  else for await (const part of await chat.stream('hi')) message = message ? message.concat(part) : part;
  const { text, tool_calls = [], invalid_tool_calls = [] } = message!;
  const calls = [
    ...tool_calls.map(({ name, args }) => ({ name, args })),
    ...invalid_tool_calls.map(({ name, args }) => ({ name: name!, args })),
  ];
  return { text, calls };
};

/** One Python process for all calls. */
const askPython: SdkClient = (calls) =>
  new Promise((done, reject) => {
    const python = spawn(PYTHON, [join(ROOT, 'test/fixtures/ask-with-openai.py')]);
    let text = '';
    let complaint = '';
    python.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    python.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    python.once('error', reject);
    python.once('close', (code) =>
      code === 0 ? done(JSON.parse(text) as Outcome[]) : reject(new Error(complaint)),
    );
    python.stdin.end(
      JSON.stringify(
        calls.map(({ baseURL, model, how, maxRetries = 0 }) => ({
          base_url: baseURL,
          model,
          how,
          retries: maxRetries,
          key: TEST_KEY,
        })),
      ),
    );
  });

/** A few calls at a time, so that calls that wait for a timeout delay no others. */
const eachBy =
  (askOnce: AskOnce): SdkClient =>
  async (calls) => {
    const outcomes: Outcome[] = [];
    const left = calls.entries();
    const work = async (): Promise<void> => {
      for (const [index, call] of left) {
        outcomes[index] = await askOnce(call).then(
          (reading) => ({ reading }),
          (error: unknown) => ({ error: String(error) }),
        );
      }
    };
    await Promise.all(Array.from({ length: 4 }, work));
    return outcomes;
  };

export const SDK_CLIENTS = {
  "OpenAI's for JavaScript": eachBy(askOpenAi),
  "OpenAI's for Python": askPython,
  "Vercel's ai": eachBy(askAi),
  LangChain: eachBy(askLangChain),
} as const;
