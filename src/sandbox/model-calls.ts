import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type CallLedger } from './call-ledger.js';
import { readChat, readChatRequest, parseObject } from './chat/chat-request.js';
import { completionJson, composeReply } from './chat/completion.js';
import { give, sendOrFail } from './response/delivery.js';
import { type FaultDealer } from './faults/fault-dealer.js';
import { type SandboxFormat } from './formats/format.js';
import { MESSAGES_FORMAT } from './formats/messages-format.js';
import { intendedChat } from './response/intended-answer.js';
import { type LoginDesk } from './login.js';
import { OpenAnswer } from './response/open-answer.js';
import { type SandboxOperation } from './operations/operation.js';
import { RequestProblem } from './request-problem.js';
import { bearerOf, sendJson } from './requests.js';

/** The speed of the sandbox's models. */
export interface Pace {
  /** Pause between two events of a stream. */
  readonly chunkDelayMs: number;
  /** Pause before a response. */
  readonly latencyMs: number;
}

/**
 * Model calls: each is checked and counted, and gets its response or the fault that was ordered for
 * it.
 */
export class ModelCalls {
  constructor(
    private readonly desk: LoginDesk,
    private readonly ledger: CallLedger,
    private readonly dealer: FaultDealer,
    private readonly pace: Pace,
  ) {}

  /** @param format undefined for OpenAI's chat completions. @throws RequestProblem */
  chat(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    path: string,
    format?: SandboxFormat,
  ): void {
    try {
      this.answerChat(request, response, body, path, format);
    } catch (error) {
      if (format === undefined || !(error instanceof RequestProblem)) throw error;
      sendJson(response, format.error(error), error.status);
    }
  }

  /** Counts the tokens of a Messages request. */
  countTokens(request: IncomingMessage, response: ServerResponse, body: Buffer, path: string): void {
    try {
      this.desk.check(bearerOf(request));
      this.ledger.received('count_tokens');
      const chat = readChat(MESSAGES_FORMAT.toChat(parseObject(body), path));
      const { prompt_tokens: input_tokens } = composeReply(chat).usage;
      const fault = this.dealer.faultFor(request, {
        on: 'count_tokens',
        isStream: false,
        path,
        model: chat.model,
      });
      sendOrFail(response, this.ledger, () => JSON.stringify({ input_tokens }), fault, MESSAGES_FORMAT);
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      sendJson(response, MESSAGES_FORMAT.error(error), error.status);
    }
  }

  private answerChat(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    path: string,
    format: SandboxFormat | undefined,
  ): void {
    this.desk.check(bearerOf(request));
    this.ledger.received('chat');
    const chat =
      format === undefined ? readChatRequest(body) : readChat(format.toChat(parseObject(body), path));
    const fault = this.dealer.faultFor(request, {
      on: 'chat',
      isStream: chat.stream,
      path,
      model: chat.model,
    });
    const reply = composeReply(chat);
    if (fault === undefined && !chat.stream && this.pace.latencyMs === 0) {
      return sendJson(response, format?.json(reply) ?? completionJson(reply));
    }
    const intended = intendedChat(reply, chat, this.pace.chunkDelayMs, format);
    this.ledger.opened(chat.stream);
    const answer = new OpenAnswer(response, (leftEarly) => this.ledger.closed(chat.stream, leftEarly));
    give(response, answer, intended, fault, this.pace.latencyMs);
  }

  /** A call for something other than a chat. @throws RequestProblem */
  async operate(
    operation: SandboxOperation,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    path: string,
  ): Promise<void> {
    this.desk.check(bearerOf(request));
    const { target } = operation;
    this.ledger.received(target);
    const { host = '', 'content-type': contentType } = request.headers;
    const { model, intended } = await operation.reply({
      body,
      contentType,
      path,
      origin: `http://${host}`,
      chunkDelayMs: this.pace.chunkDelayMs,
    });
    const { isStream } = intended;
    const fault = this.dealer.faultFor(request, { on: target, isStream, path, model });
    this.ledger.opened(isStream);
    const answer = new OpenAnswer(response, (leftEarly) => this.ledger.closed(isStream, leftEarly));
    give(response, answer, intended, fault, this.pace.latencyMs);
  }
}
