import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type CallLedger } from './call-ledger.js';
import { parseJson, parseObject, readChat, readChatRequest } from './chat-request.js';
import { completionJson, composeReply } from './completion.js';
import { FaultFormatError, parseFaultHeader, parseFaultOrders } from './fault-parser.js';
import { type FaultableCall, type FaultQueue, isOrderFor } from './fault-queue.js';
import { type Fault } from './faults.js';
import { type SandboxFormat } from './formats/format.js';
import { GEMINI_FORMAT } from './formats/gemini-format.js';
import { MESSAGES_FORMAT } from './formats/messages-format.js';
import { RESPONSES_FORMAT } from './formats/responses-format.js';
import { type IntendedAnswer, JSON_TYPE, intendedChat, intendedJson } from './intended-answer.js';
import { type LoginDesk } from './login.js';
import { misbehave, send } from './misbehaviour.js';
import { OpenAnswer } from './open-answer.js';
import { type RequestLog } from './request-log.js';
import { RequestProblem, errorBody } from './request-problem.js';
import { type SandboxOptions } from './sandbox-options.js';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const DEFAULT_MODELS: readonly string[] = ['gpt-3.5-turbo', 'gpt-4', 'custom-model-name'];
const EMPTY = Buffer.alloc(0);
const DOWN_MS = 1000;
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
  /** Connections that are closed when the next request arrives on them. */
  private readonly doomed = new WeakSet<Socket>();

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
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    if (this.doomed.has(request.socket)) {
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
    // A base_url works with and without /v1; with a name before it, one sandbox plays many services.
    const version = path.indexOf('/v1/');
    const route = `${request.method} ${version === -1 ? path : path.slice(version + 3)}`;
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
        throw new RequestProblem(404, `The sandbox has no ${request.method} ${path}.`, 'not_found');
    }
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
    this.desk.check(bearerOf(request));
    const { usage } = composeReply(readChat(MESSAGES_FORMAT.toChat(parseObject(body), path)));
    sendJson(response, JSON.stringify({ input_tokens: usage.prompt_tokens }));
  }

  private answerChat(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    path: string,
    format: SandboxFormat | undefined,
  ): void {
    this.desk.check(bearerOf(request));
    this.ledger.chats += 1;
    const chat =
      format === undefined ? readChatRequest(body) : readChat(format.toChat(parseObject(body), path));
    const fault = this.faultFor(request, { on: 'chat', isStream: chat.stream, path, model: chat.model });
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
    this.desk.check(request.headers.authorization);
    const data = (this.options.models ?? DEFAULT_MODELS).map((id) => ({
      id,
      object: 'model',
      created: this.startedAt,
      owned_by: 'sandbox',
    }));
    const fault = this.faultFor(request, { on: 'models', isStream: false, path });
    this.sendOrFail(response, () => JSON.stringify({ object: 'list', data }), fault);
  }

  private logIn(request: IncomingMessage, response: ServerResponse, body: Buffer, path: string): void {
    this.ledger.logins += 1;
    const fault = this.faultFor(request, { on: 'login', isStream: false, path });
    const shape = this.options.loginAnswer ?? ((token, seconds) => ({ token, expires_in: seconds }));
    const json = (): string => {
      const { token, expiresInSeconds } = this.desk.logIn(parseJson(body));
      const shaped = shape(token, expiresInSeconds);
      return typeof shaped === 'string' ? shaped : JSON.stringify(shaped);
    };
    this.sendOrFail(response, json, fault);
  }

  private sendOrFail(response: ServerResponse, json: () => string, fault: Fault | undefined): void {
    if (fault === undefined) return sendJson(response, json());
    this.give(response, new OpenAnswer(response, () => this.ledger.changed()), intendedJson(json), fault);
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

  /** The fault for this call; one that affects the whole service is applied here. */
  private faultFor(request: IncomingMessage, call: FaultableCall): Fault | undefined {
    const fault = this.findFault(request, call);
    if (fault?.kind === 'token_revoked') this.desk.revokeAll();
    else if (fault?.kind === 'down') this.service.goDown(fault.ms ?? DOWN_MS);
    else if (fault?.kind === 'keepalive_close' && fault.under_next_request === true) {
      this.doomed.add(request.socket);
    }
    return fault;
  }

  /** The request's own fault takes precedence over the queue, and applies to every request that carries it. */
  private findFault(request: IncomingMessage, call: FaultableCall): Fault | undefined {
    const header = request.headers['x-sandbox-fault'];
    if (typeof header === 'string') {
      const order = parseFaultHeader(header).find((each) => isOrderFor(each, call) && this.queue.isHit(each));
      if (order !== undefined) return order.fault;
    }
    return this.queue.take(call);
  }

  private state(connections: number): string {
    const { chats, logins, openCalls, openStreams, abortedCalls, abortedStreams } = this.ledger;
    return JSON.stringify({
      chats,
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

function sendJson(response: ServerResponse, json: string, status = 200): void {
  response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof RequestProblem) return sendJson(response, error.toJson(), error.status);
  if (error instanceof FaultFormatError) {
    const body = errorBody(error.message, 'invalid_request_error', 'invalid_sandbox_fault');
    return sendJson(response, body, 400);
  }
  const message = error instanceof Error ? error.message : String(error);
  sendJson(
    response,
    errorBody(`The sandbox itself failed: ${message}`, 'server_error', 'sandbox_error'),
    500,
  );
}

function refuseLength(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => request.destroy());
  refuse(
    response,
    new RequestProblem(413, `The sandbox accepts at most ${MAX_BODY_BYTES} bytes.`, 'request_too_large'),
  );
}

/** The key, wherever the format of the request has it. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return headers.authorization ?? (typeof key === 'string' ? `Bearer ${key}` : undefined);
}
