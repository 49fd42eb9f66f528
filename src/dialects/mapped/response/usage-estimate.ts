import { Expression } from '../../../expressions/expression.js';
import { TEXT_FUNCTIONS } from '../../../expressions/host-functions.js';
import { LargeInput } from '../../../expressions/large-input.js';
import { type ChatRequest } from '../../openai-chat/request/chat-request.js';
import { isJsonObject, type JsonObject } from '../../../protocol/json.js';
import { messageText } from '../../../protocol/message-text.js';
import { SAMPLE_LENGTH, TextSample } from '../../counting/text-sample.js';
import { type TokenCounter } from '../../counting/token-counter.js';

/** Tokens that OpenAI adds to each message, and once for the start of the reply. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_OF_START = 3;

/** The same text, extracted by an evaluator from a request that is too large for this thread. */
const LARGE_PROMPT = `(
  $all := $join([messages.$text(content)]);
  { "text": $substring($all, 0, ${SAMPLE_LENGTH}), "length": $length($all), "count": $count(messages) })`;
let largePrompt: Expression | undefined;

/**
 * The `usage` of a response whose service reports none.
 * @returns undefined if the request cannot be read
 */
export async function estimateUsage(
  counter: TokenCounter,
  request: ChatRequest,
  completion: TextSample,
): Promise<JsonObject | undefined> {
  const read = await readPrompt(request);
  if (read === undefined) return undefined;
  const { prompt, messageCount } = read;
  const counts = await counter.count([prompt.text, completion.text]);
  const promptTokens = prompt.scale(counts[0]!) + messageCount * TOKENS_PER_MESSAGE + TOKENS_OF_START;
  const completionTokens = completion.scale(counts[1]!);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    estimated: true,
  };
}

async function readPrompt({
  body,
  owner,
  valueCount,
}: ChatRequest): Promise<{ prompt: TextSample; messageCount: number } | undefined> {
  const input = LargeInput.of(body, (json) => JSON.parse(json.toString()) as unknown, valueCount);
  if (input instanceof LargeInput) {
    largePrompt ??= Expression.compile(LARGE_PROMPT);
    const read = await largePrompt.evaluate(input, TEXT_FUNCTIONS, owner).catch(() => undefined);
    if (read === undefined) return undefined;
    const { text, length, count } = read as { text: string; length: number; count: number };
    return { prompt: TextSample.of(text, length), messageCount: count };
  }
  const { messages } = input as { messages: readonly unknown[] };
  const prompt = new TextSample();
  for (const message of messages) if (isJsonObject(message)) prompt.add(messageText(message['content']));
  return { prompt, messageCount: messages.length };
}
