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

/** What of a reply reached its client, or would have, had it stayed. */
export interface DeliveredReply {
  readonly whole?: WholeReply;
  /** Of a stream: its words; undefined where they were not counted. */
  readonly said?: TextSample | undefined;
  readonly begunUsage?: Usage | undefined;
  readonly isComplete?: boolean;
}

/** Counts what calls used where their services do not, and where it must be known. */
@Injectable()
export class CallUsage {
  constructor(private readonly counter: TokenCounter) {}

  /** A stream begins whose service may not tell its usage: what counts it takes a second to start. */
  expect({ request: { dialect, wantsUsage } }: ModelCall, { attemptLog }: CallRecord): void {
    if (wantsUsage === false && attemptLog.at(-1)?.dialect === dialect.name) this.counter.warm();
  }

  /**
   * Completes the usage of a call that is over. What failed before any output has used nothing.
   * @param reply undefined where nothing was delivered
   * @returns when it is counted; never rejects; undefined where nothing need be counted, as usual
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

  /** Whether something was used that the service has not said. */
  #lacks({ usage, error, operation }: CallRecord, { said, isComplete }: DeliveredReply): boolean {
    const isCut = error !== undefined && isComplete !== true;
    const hasWords = said !== undefined && !said.isEmpty;
    if (usage === undefined) return (!isCut && TOLD_BY_INPUT.has(operation)) || hasWords;
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

/** What they use is known by what is asked and said: not so for images and sounds. */
const TOLD_BY_INPUT: ReadonlySet<Operation> = new Set([CHAT, COMPLETIONS, EMBEDDINGS, RERANK, MODERATION]);

/** No reply takes nothing: services that do not count say zeros. */
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
