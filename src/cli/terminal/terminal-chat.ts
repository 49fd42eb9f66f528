import { randomUUID } from 'node:crypto';
import { type INestApplicationContext } from '@nestjs/common';
import { ChatService } from '../../chat/chat.service.js';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { ownRequest } from '../../dialects/own-request.js';
import { type Model } from '../../routing/model.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { CallRecord } from '../../calls/call-record.js';
import { Cancellation } from '../../calls/cancellation.js';
import { CommandError } from '../command-error.js';
import { helpOf } from './code-help.js';
import { AnswerPrinter } from './answer-printer.js';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** Codes of the errors that a wrong `base_url` causes. */
const ABOUT_ADDRESSES = new Set([
  'upstream_not_found',
  'upstream_unreachable',
  'upstream_invalid_response',
  'connect_timeout',
]);
const COMPLETE = new Set(['stop', 'tool_calls', 'function_call']);

/**
 * Chats with one model on the same path as the server's calls; responses go to stdout as they
 * arrive.
 */
export class TerminalChat {
  readonly #chat: ChatService;
  readonly #model: Model;
  #running: Cancellation | undefined;

  constructor(app: INestApplicationContext, model: string) {
    this.#chat = app.get(ChatService);
    this.#model = app.get(ModelRegistry).get(model);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Cancels the running call, if there is one. */
  cancel(): void {
    this.#running?.cancel(new CallerLeftError());
  }

  /**
   * Requests a response and prints it.
   * @returns its text
   * @throws CommandError if the call fails, even after part of the response
   */
  async ask(messages: readonly Message[]): Promise<string> {
    const record = new CallRecord(randomUUID(), 'POST', 'terminal');
    const call = {
      request: ownRequest(this.#model.name, messages, true),
      headers: { 'x-request-id': record.requestId },
      isTest: false,
    };
    const printer = new AnswerPrinter(process.stdout);
    this.#running = new Cancellation();
    try {
      await this.#chat.answer(this.#model, call, printer, record, this.#running);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#running = undefined;
    }
    if (record.error !== undefined) throw this.#explain(record.error, printer);
    if (printer.finishReason !== undefined && !COMPLETE.has(printer.finishReason)) {
      process.stderr.write(
        plainText(`llm-gateway: the response is incomplete, finish reason ${printer.finishReason}\n`),
      );
    } else if (printer.text === '' && !printer.hasToolCalls) {
      process.stderr.write('llm-gateway: the response contains no text\n');
    }
    return printer.text;
  }

  #explain(error: unknown, printer?: AnswerPrinter): unknown {
    if (error instanceof CallerLeftError) return new CommandError('cancelled', { cause: error });
    if (!(error instanceof GatewayError)) return error;
    if (error instanceof InternalError) return error.cause ?? error;
    const { message, code } = printer?.error ?? error;
    const said = `${this.#model.name}: ${message}${code == null ? '' : ` (${code})`}`;
    const hint = code != null && ABOUT_ADDRESSES.has(code) ? `\n${helpOf(code)?.what_to_do}` : '';
    return new CommandError(said + hint, { cause: error });
  }
}
