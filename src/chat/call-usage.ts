import { Injectable } from '@nestjs/common';
import { type CallRecord } from '../calls/call-record.js';
import { hasTokens } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { inputTokensOf } from '../dialects/counting/input-tokens.js';
import { saidTexts } from '../dialects/counting/said-texts.js';
import { TextSample } from '../dialects/counting/text-sample.js';
import { type WholeReply } from '../dialects/ports/dialect.js';
import { TokenCounter } from '../dialects/counting/token-counter.js';
import { CHAT, COMPLETIONS, EMBEDDINGS, MODERATION, type Operation, RERANK } from '../protocol/operation.js';
import { type ModelCall } from '../providers/llm-provider.js';

/** The part of a reply that reached the client, or would have reached it had it stayed. */
export interface DeliveredReply {
  readonly whole?: WholeReply;
  /** The words of a stream; undefined if they were not counted. */
  readonly said?: TextSample | undefined;
  readonly begunUsage?: Usage | undefined;
  readonly isComplete?: boolean;
}

/** Counts the usage of calls if their services report none and it must be known. */
@Injectable()
export class CallUsage {
  constructor(private readonly counter: TokenCounter) {}

  /**
   * Call this when a stream begins whose service may report no usage: it starts the tokenizer,
   * which takes a second.
   */
  expect({ request: { dialect, wantsUsage } }: ModelCall, { attemptLog }: CallRecord): void {
    if (wantsUsage === false && attemptLog.at(-1)?.dialect === dialect.name) this.counter.warm();
  }

  /**
   * Completes the usage of a finished call. A call that failed before any output has used nothing.
   * @param reply undefined if nothing was delivered
   * @returns a promise for the end of the counting, which never rejects; usually undefined, because
   * nothing need be counted
   */
  complete(
    call: ModelCall,
    record: CallRecord,
    reply: DeliveredReply | undefined,
  ): Promise<void> | undefined {
    const { usage, operation } = record;
    if (operation.isFree === true) {
      record.usage = undefined;
      return undefined;
    }
    if (usage !== undefined && !isBelievable(usage)) record.usage = undefined;
    if (call.needsUsage !== true || reply === undefined || !this.#lacks(record, reply)) return undefined;
    return this.#count(call, record, reply).catch(() => undefined);
  }

  /** Whether something was used that the service has not reported. */
  #lacks({ usage, error, operation }: CallRecord, { said, isComplete }: DeliveredReply): boolean {
    const isCut = error !== undefined && isComplete !== true;
    const hasWords = said !== undefined && !said.isEmpty;
    if (usage === undefined) return (!isCut && DERIVABLE.has(operation)) || hasWords;
    if (usage.isEstimated === true || !hasTokens(usage) || !isOfWords(operation)) return false;
    return usage.promptTokens === 0 || (hasWords && (isCut || usage.completionTokens === 0));
  }

  async #count(call: ModelCall, record: CallRecord, reply: DeliveredReply): Promise<void> {
    const { usage: said, error } = record;
    const known = said ?? reply.begunUsage;
    const input = known?.promptTokens || (await inputTokensOf(this.counter, call.request));
    if (input === undefined) return;
    const isCut = error !== undefined && reply.isComplete !== true;
    const output = said?.completionTokens ?? 0;
    record.usage = {
      ...known,
      promptTokens: input,
      completionTokens: output > 0 && !isCut ? output : Math.max(output, await this.#outputOf(record, reply)),
      isEstimated: true,
    };
  }

  async #outputOf({ operation }: CallRecord, { said, whole }: DeliveredReply): Promise<number> {
    if (!isOfWords(operation)) return 0;
    const words = said ?? wordsOf(whole);
    if (words.isEmpty) return 0;
    const [count] = await this.counter.count([words.text]);
    return words.scale(count!);
  }
}

/**
 * Operations whose usage follows from the request and the reply; that of images and audio does not.
 */
const DERIVABLE: ReadonlySet<Operation> = new Set([CHAT, COMPLETIONS, EMBEDDINGS, RERANK, MODERATION]);

/**
 * Whether counts are plausible. Every reply uses something, but services that do not count report
 * zeros.
 */
function isBelievable(usage: Usage): boolean {
  const { images = 0, seconds = 0, searches = 0 } = usage;
  return hasTokens(usage) || images > 0 || seconds > 0 || searches > 0;
}

function isOfWords(operation: Operation): boolean {
  return operation === CHAT || operation === COMPLETIONS;
}

function wordsOf(whole: WholeReply | undefined): TextSample {
  const sample = new TextSample();
  if (whole === undefined) return sample;
  const { choices, content, output } = whole.document;
  for (const text of saidTexts({ choices, content, output })) sample.add(text);
  return sample;
}
