import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type CallLedger } from './call-ledger.js';
import { parseJson, parseObject, readChat, readChatRequest } from './chat/chat-request.js';
import { completionJson, composeReply } from './chat/completion.js';
import { FaultDealer } from './faults/fault-dealer.js';
import { parseFaultOrders } from './faults/fault-parser.js';
import { type FaultQueue } from './faults/fault-queue.js';
import { type Fault } from './faults/faults.js';
import { type FailureFormat, OPENAI_FAILURES, type SandboxFormat } from './formats/format.js';
import { GEMINI_FORMAT } from './formats/gemini-format.js';
import { MESSAGES_FORMAT } from './formats/messages-format.js';
import { RESPONSES_FORMAT } from './formats/responses-format.js';
import { type IntendedAnswer, intendedChat, intendedJson } from './intended-answer.js';
import { type LoginDesk } from './login.js';
import { misbehave, send } from './faults/misbehaviour.js';
import { modelsJson } from './models-list.js';
import { OpenAnswer } from './open-answer.js';
import { pictureAt } from './operations/images.js';
import { type SandboxOperation } from './operations/operation.js';
import { OPERATIONS } from './operations/operations.js';
import { type RequestLog } from './request-log.js';
import { RequestProblem } from './request-problem.js';
import { MAX_BODY_BYTES, bearerOf, refuse, refuseLength, sendJson, withoutVersion } from './requests.js';
import { type SandboxOptions } from './sandbox-options.js';

const DEFAULT_MODELS: readonly string[] = ['gpt-3.5-turbo', 'gpt-4', 'custom-model-name'];
const EMPTY = Buffer.alloc(0);
const GENERATE_CONTENT = /:(?:generateContent|streamGenerateContent)$/;

/** What the router needs from its service. */
export interface SandboxService {
  goDown(ms: number): void;
  countConnections(tell: (count: number) => void): void;
}

/** Reads requests, and gives each its response or the fault that was ordered for it. */
export class SandboxRouter {
  private readonly startedAt = Math.floor(Date.now() / 1000);
  private readonly chunkDelayMs: number;
  private readonly latencyMs: number;
  private readonly dealer: FaultDealer;

  constructor(
    private readonly options: SandboxOptions,
    private readonly log: RequestLog,
    private readonly desk: LoginDesk,
    private readonly queue: FaultQueue,
    private readonly ledger: CallLedger,
    private readonly service: SandboxService,
  ) {
    this.chunkDelayMs = options.chunkDelayMs ?? 15;
    this.latencyMs = options.latencyMs ?? 0;
    this.dealer = new FaultDealer(queue, desk, (ms) => service.goDown(ms));
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    if (this.dealer.isDoomed(request.socket)) {
      request.socket.destroy();
      return;
    }
    let body: Buffer = EMPTY;
    let parts: Buffer[] | undefined;
    let length = 0;
    request.on('data', (bytes: Buffer) => {
      length += bytes.length;
      if (response.headersSent) return;
      if (length > MAX_BODY_BYTES) refuseLength(request, response);
      else if (body === EMPTY) body = bytes;
      else (parts ??= [body]).push(bytes);
    });
    request.on('end', () => {
      if (response.headersSent) return;
      if (parts !== undefined) body = Buffer.concat(parts, length);
      if (this.log.isOn) {
        const { method = '', url = '', headers } = request;
        this.log.add({ method, path: url, headers, body });
      }
      try {
        this.route(request, response, body);
      } catch (error) {
        refuse(response, error);
      }
      this.ledger.changed();
    });
  }

  private route(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const route = `${request.method} ${withoutVersion(path)}`;
    switch (route) {
      case 'POST /chat/completions':
        return this.chat(request, response, body, path);
      case 'POST /messages':
        return this.chat(request, response, body, path, MESSAGES_FORMAT);
      case 'POST /messages/count_tokens':
        return this.countTokens(request, response, body, path);
      case 'POST /responses':
        return this.chat(request, response, body, path, RESPONSES_FORMAT);
      case 'GET /models':
        return this.listModels(request, response, path);
      case 'POST /login':
        return this.logIn(request, response, body, path);
      case 'POST /sandbox/faults': {
        const orders = parseFaultOrders(parseJson(body));
        for (const order of orders) this.queue.add(order);
        return sendJson(response, JSON.stringify({ added: orders.length, pending: this.queue.length }));
      }
      case 'DELETE /sandbox/faults':
        return sendJson(response, JSON.stringify({ cleared: this.queue.clear() }));
      case 'GET /sandbox/state':
        return this.service.countConnections((count) => sendJson(response, this.state(count)));
      default:
        if (request.method === 'POST' && GENERATE_CONTENT.test(path))
          return this.chat(request, response, body, path, GEMINI_FORMAT);
        return this.other(request, response, body, path, route);
    }
  }

  private other(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    path: string,
    route: string,
  ): void {
    const operation = OPERATIONS.get(route);
    if (operation !== undefined) {
      this.operate(operation, request, response, body, path).catch((error: unknown) =>
        refuse(response, error),
      );
      return;
    }
    const picture = request.method === 'GET' ? pictureAt(path) : undefined;
    if (picture === undefined) {
      throw new RequestProblem(404, `The sandbox has no ${request.method} ${path}.`, 'not_found');
    }
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length });
    response.end(picture);
  }

  /** A call for something other than a chat. @throws RequestProblem */
  private async operate(
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
      chunkDelayMs: this.chunkDelayMs,
    });
    const { isStream } = intended;
    const fault = this.dealer.faultFor(request, { on: target, isStream, path, model });
    this.ledger.opened(isStream);
    const answer = new OpenAnswer(response, (leftEarly) => this.ledger.closed(isStream, leftEarly));
    this.give(response, answer, intended, fault, this.latencyMs);
  }

  private chat(
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

  private countTokens(request: IncomingMessage, response: ServerResponse, body: Buffer, path: string): void {
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
      this.sendOrFail(response, () => JSON.stringify({ input_tokens }), fault, MESSAGES_FORMAT);
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
    if (fault === undefined && !chat.stream && this.latencyMs === 0) {
      return sendJson(response, format?.json(reply) ?? completionJson(reply));
    }
    const intended = intendedChat(reply, chat, this.chunkDelayMs, format);
    this.ledger.opened(chat.stream);
    const answer = new OpenAnswer(response, (leftEarly) => this.ledger.closed(chat.stream, leftEarly));
    this.give(response, answer, intended, fault, this.latencyMs);
  }

  private listModels(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.desk.check(bearerOf(request));
    const { models = DEFAULT_MODELS } = this.options;
    const fault = this.dealer.faultFor(request, { on: 'models', isStream: false, path });
    this.sendOrFail(response, () => modelsJson(models, this.startedAt, path, request.headers), fault);
  }

  private logIn(request: IncomingMessage, response: ServerResponse, body: Buffer, path: string): void {
    this.ledger.logins += 1;
    const fault = this.dealer.faultFor(request, { on: 'login', isStream: false, path });
    const shape = this.options.loginAnswer ?? ((token, seconds) => ({ token, expires_in: seconds }));
    const json = (): string => {
      const { token, expiresInSeconds } = this.desk.logIn(parseJson(body));
      const shaped = shape(token, expiresInSeconds);
      return typeof shaped === 'string' ? shaped : JSON.stringify(shaped);
    };
    this.sendOrFail(response, json, fault);
  }

  private sendOrFail(
    response: ServerResponse,
    json: () => string,
    fault: Fault | undefined,
    failures: FailureFormat = OPENAI_FAILURES,
  ): void {
    if (fault === undefined) return sendJson(response, json());
    const answer = new OpenAnswer(response, () => this.ledger.changed());
    this.give(response, answer, intendedJson(json, failures), fault);
  }

  private give(
    response: ServerResponse,
    answer: OpenAnswer,
    intended: IntendedAnswer,
    fault?: Fault,
    latencyMs = 0,
  ): void {
    const giving = async (): Promise<void> => {
      if (latencyMs > 0) await answer.pause(latencyMs);
      await (fault === undefined ? send(answer, intended) : misbehave(answer, fault, intended));
    };
    giving().catch((error: unknown) => {
      // A login that is refused although a fault was ordered for it. Any other error is the sandbox's own
      // failure, and a closed connection lets nobody wait for it.
      if (error instanceof RequestProblem && !response.headersSent) refuse(response, error);
      else answer.drop();
    });
  }

  private state(connections: number): string {
    const { calls, logins, openCalls, openStreams, abortedCalls, abortedStreams } = this.ledger;
    return JSON.stringify({
      chats: calls.chat ?? 0,
      calls,
      logins,
      open_calls: openCalls,
      open_streams: openStreams,
      aborted_calls: abortedCalls,
      aborted_streams: abortedStreams,
      connections,
      pending_faults: this.queue.length,
      faults: this.queue.dealt,
    });
  }
}
