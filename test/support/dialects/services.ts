import { type TestUpstream, sendJson, startUpstream } from '../start-upstream.js';
import { CHAT_SERVICE } from './chat-service.js';
import { GEMINI_SERVICE } from './gemini-service.js';
import { MESSAGES_SERVICE } from './messages-service.js';
import { RESPONSES_SERVICE } from './responses-service.js';
import { type Body, type History, type ServiceFormat, type Spoken } from './spoken.js';

export const SERVICE_FORMATS: Readonly<Record<string, ServiceFormat>> = {
  'openai-chat': CHAT_SERVICE,
  'openai-responses': RESPONSES_SERVICE,
  'anthropic-messages': MESSAGES_SERVICE,
  gemini: GEMINI_SERVICE,
};

/** A service of each wire format at one address, which says what the test has written for it. */
export class SpokenServices {
  /** In the order of the calls. */
  #script: (Spoken | { readonly refused: string })[] = [];
  /** Of the calls since the script was written. */
  readonly bodies: Body[] = [];

  private constructor(readonly upstream: TestUpstream) {}

  static async start(): Promise<SpokenServices> {
    const upstream = await startUpstream();
    const services = new SpokenServices(upstream);
    upstream.handle(({ path, body, res }) => {
      const format = SERVICE_FORMATS[formatOf(path)]!;
      const request = JSON.parse(body.toString()) as Body;
      services.bodies.push(request);
      const next = services.#script.shift();
      if (next === undefined) return res.writeHead(599).end('nothing is written for this call');
      if ('refused' in next) return sendJson(res, format.refused(next.refused), 400);
      const isStream = request['stream'] === true || path.includes(':streamGenerateContent');
      if (!isStream) return sendJson(res, format.json(next));
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of format.stream(next)) res.write(event);
      return res.end();
    });
    return services;
  }

  write(...script: (Spoken | { readonly refused: string })[]): void {
    this.#script = script;
    this.bodies.length = 0;
  }

  /** What the latest request says of the turns before. */
  historyOf(format: string): History {
    return SERVICE_FORMATS[format]!.history(this.bodies.at(-1)!);
  }

  close(): Promise<void> {
    return this.upstream.close();
  }
}

function formatOf(path: string): string {
  if (path.endsWith('/chat/completions')) return 'openai-chat';
  if (path.endsWith('/responses')) return 'openai-responses';
  return path.endsWith('/messages') ? 'anthropic-messages' : 'gemini';
}
