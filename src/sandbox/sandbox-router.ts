import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type CallLedger } from './call-ledger.js';
import { parseJson } from './chat/chat-request.js';
import { sendOrFail } from './response/delivery.js';
import { FaultDealer } from './faults/fault-dealer.js';
import { parseFaultOrders } from './faults/fault-parser.js';
import { type FaultQueue } from './faults/fault-queue.js';
import { GEMINI_FORMAT } from './formats/gemini-format.js';
import { MESSAGES_FORMAT } from './formats/messages-format.js';
import { RESPONSES_FORMAT } from './formats/responses-format.js';
import { type LoginDesk } from './login.js';
import { ModelCalls } from './model-calls.js';
import { modelsJson } from './models-list.js';
import { pictureAt } from './operations/images.js';
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
  private readonly dealer: FaultDealer;
  private readonly calls: ModelCalls;

  constructor(
    private readonly options: SandboxOptions,
    private readonly log: RequestLog,
    private readonly desk: LoginDesk,
    private readonly queue: FaultQueue,
    private readonly ledger: CallLedger,
    private readonly service: SandboxService,
  ) {
    this.dealer = new FaultDealer(queue, desk, (ms) => service.goDown(ms));
    const { chunkDelayMs = 15, latencyMs = 0 } = options;
    this.calls = new ModelCalls(desk, ledger, this.dealer, { chunkDelayMs, latencyMs });
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
        return this.calls.chat(request, response, body, path);
      case 'POST /messages':
        return this.calls.chat(request, response, body, path, MESSAGES_FORMAT);
      case 'POST /messages/count_tokens':
        return this.calls.countTokens(request, response, body, path);
      case 'POST /responses':
        return this.calls.chat(request, response, body, path, RESPONSES_FORMAT);
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
          return this.calls.chat(request, response, body, path, GEMINI_FORMAT);
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
      this.calls
        .operate(operation, request, response, body, path)
        .catch((error: unknown) => refuse(response, error));
      return;
    }
    const picture = request.method === 'GET' ? pictureAt(path) : undefined;
    if (picture === undefined) {
      throw new RequestProblem(404, `The sandbox has no ${request.method} ${path}.`, 'not_found');
    }
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length });
    response.end(picture);
  }

  private listModels(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.desk.check(bearerOf(request));
    const { models = DEFAULT_MODELS } = this.options;
    const fault = this.dealer.faultFor(request, { on: 'models', isStream: false, path });
    sendOrFail(response, this.ledger, () => modelsJson(models, this.startedAt, path, request.headers), fault);
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
    sendOrFail(response, this.ledger, json, fault);
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
