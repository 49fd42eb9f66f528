import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Answer = (response: ServerResponse) => void;

/** A request as the service received it. */
export interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Keeps each request, and responds with `answer` to all of them. */
export class HttpService {
  readonly seen: Seen[] = [];
  answer: Answer = (response) => response.end();
  readonly server: Server;
  origin = '';

  private constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        this.seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        this.answer(response);
      });
    });
  }

  static async open(): Promise<HttpService> {
    const service = new HttpService();
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    service.origin = `http://127.0.0.1:${(service.server.address() as AddressInfo).port}`;
    return service;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
