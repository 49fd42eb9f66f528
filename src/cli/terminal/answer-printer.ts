import { type AnswerTarget } from '../../chat/relay/answer-target.js';
import { CompletionBuilder } from '../../dialects/openai-chat/gathering/completion-builder.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { isJsonObject } from '../../protocol/json.js';
import { messageText } from '../../protocol/message-text.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { sseData } from '../../dialects/framing/sse-events.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** An in-band error of a stream. */
export interface InBandError {
  readonly message: string;
  readonly code: string | undefined;
}

/**
 * Prints the text of a streamed response as it arrives. Omits reasoning; prints tool calls as one
 * line of JSON.
 */
export class AnswerPrinter implements AnswerTarget {
  /** The text so far. */
  text = '';
  error: InBandError | undefined;
  finishReason: string | undefined;
  hasToolCalls = false;
  readonly #builder = new CompletionBuilder();
  #onDrain: (() => void) | undefined;

  constructor(private readonly out: NodeJS.WriteStream) {}

  writeHead(): void {}

  flushHeaders(): void {}

  on(_event: 'drain', listener: () => void): void {
    this.#onDrain = listener;
    this.out.on('drain', listener);
  }

  /** @param chunk begins and ends between events */
  write(chunk: Buffer | string): boolean {
    let words = '';
    for (const data of sseData(chunk.toString())) {
      const event = parseObject(data);
      if (event !== undefined) words += this.#read(event);
    }
    if (words === '') return true;
    this.text += words;
    return this.#print(words);
  }

  end(chunk?: Buffer | string): void {
    if (chunk !== undefined) this.write(chunk);
    if (this.text !== '' && !this.text.endsWith('\n')) this.#print('\n');
    this.#printCalls();
    if (this.#onDrain !== undefined) this.out.off('drain', this.#onDrain);
  }

  #printCalls(): void {
    try {
      const [choice] = this.#builder.build()['choices'] as { message: JsonObject; finish_reason: unknown }[];
      const toolCalls = choice?.message['tool_calls'];
      this.hasToolCalls = Array.isArray(toolCalls) && toolCalls.length > 0;
      if (this.hasToolCalls) this.#print(`${JSON.stringify({ tool_calls: toolCalls })}\n`);
      if (typeof choice?.finish_reason === 'string') this.finishReason = choice.finish_reason;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.error ??= { message: error.message, code: error.code };
    }
  }

  #read(event: JsonObject): string {
    const error = asObject(event['error']);
    if (error !== undefined) {
      const { message, code } = error;
      this.error = {
        message: typeof message === 'string' ? message : JSON.stringify(error),
        code: typeof code === 'string' ? code : undefined,
      };
    }
    if (!Array.isArray(event['choices'])) return '';
    this.#builder.add(event);
    const delta = asObject(asObject(event['choices'][0])?.['delta']);
    return messageText(delta?.['content'] ?? delta?.['refusal']);
  }

  #print(words: string): boolean {
    return this.out.write(plainText(words));
  }
}

function asObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
