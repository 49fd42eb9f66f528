import { type ServerResponse } from 'node:http';
import { CHAT_SERVICE } from '../dialects/chat-service.js';
import { RESPONSES_SERVICE } from '../dialects/responses-service.js';
import { type Body, type Spoken, listOf, sse, textOf } from '../dialects/spoken.js';
import { type UpstreamCall, sendJson } from '../start-upstream.js';
import { REFUSE, Tokens } from './recipe-service.js';

/** In the question: the reply is filtered half way. */
export const FILTER = 'please filter';
/** In the question: a tool is called. */
export const CALL = 'please call';
/** In the question: the service is busy. */
export const BUSY = 'please wait';
export const REPLY = 'Hello from the cloud.';
const SAFE = {
  hate: { filtered: false, severity: 'safe' },
  violence: { filtered: false, severity: 'safe' },
};
const FLAGGED = { ...SAFE, violence: { filtered: true, severity: 'high' } };

const questionOf = (body: Body): string => {
  const { messages, input } = body;
  if (typeof input === 'string') return input;
  return textOf(listOf(messages ?? input).at(-1)?.['content']);
};

function spokenFor(body: Body): Spoken {
  return questionOf(body).includes(CALL)
    ? { calls: [{ id: 'call_1', name: 'get_weather', input: { city: 'Oslo' } }] }
    : { text: REPLY };
}

/** Azure's shape: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter */
const refusedPrompt = (res: ServerResponse): void =>
  sendJson(
    res,
    {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: FLAGGED },
      },
    },
    400,
  );

/** Azure OpenAI: the deployment's path with its version, the v1 paths, and Entra ID's token endpoint. */
export class AzureService {
  readonly deployment = 'my-gpt';
  readonly key = 'planted-azure-key-1';
  readonly tokens = new Tokens();
  readonly paths: string[] = [];

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    if (path.startsWith('/my-tenant/oauth2/v2.0/token')) return this.#login(call);
    this.paths.push(path);
    const bearer = headers.authorization?.replace(/^Bearer /, '');
    if (headers['api-key'] !== this.key && !this.tokens.isGood(bearer))
      return sendJson(
        res,
        { error: { code: '401', message: 'Access denied due to invalid subscription key' } },
        401,
      );
    const body = JSON.parse(call.body.toString()) as Body;
    const url = new URL(path, 'http://azure');
    const isByPath = url.pathname.startsWith(`/openai/deployments/${this.deployment}/`);
    if (!isByPath && body['model'] !== this.deployment)
      return sendJson(
        res,
        {
          error: {
            code: 'DeploymentNotFound',
            message: 'The API deployment for this resource does not exist.',
          },
        },
        404,
      );
    if (isByPath && url.searchParams.get('api-version') !== '2024-10-21')
      return sendJson(res, { error: { code: '404', message: 'Resource not found' } }, 404);
    if (questionOf(body).includes(REFUSE)) return refusedPrompt(res);
    if (questionOf(body).includes(BUSY)) {
      res.setHeader('retry-after', '3');
      res.setHeader('retry-after-ms', '3000');
      return sendJson(
        res,
        { error: { code: '429', message: 'Requests have exceeded the call rate limit.' } },
        429,
      );
    }
    if (url.pathname.endsWith('/embeddings')) return this.#embed(body, res);
    return url.pathname.endsWith('/responses') ? answer(res, body, RESPONSES_SERVICE) : this.#chat(res, body);
  }

  #login({ res, body, path }: UpstreamCall): void {
    const form = new URLSearchParams(body.toString());
    const isGood =
      !path.includes('?') &&
      form.get('client_id') === 'my-client' &&
      form.get('client_secret') === 'planted-client-secret' &&
      form.get('scope') === 'https://cognitiveservices.azure.com/.default' &&
      form.get('grant_type') === 'client_credentials';
    if (!isGood) return sendJson(res, { error: 'invalid_client' }, 401);
    sendJson(res, { token_type: 'Bearer', expires_in: 3599, access_token: this.tokens.issue() });
  }

  #embed(body: Body, res: ServerResponse): void {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, -1] }];
    sendJson(res, {
      object: 'list',
      model: body['model'],
      data,
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  }

  #chat(res: ServerResponse, body: Body): void {
    const isFiltered = questionOf(body).includes(FILTER);
    const spoken = spokenFor(body);
    if (body['stream'] !== true) {
      const { choices, ...rest } = CHAT_SERVICE.json(spoken) as { choices: [Body] };
      const [choice] = choices;
      return sendJson(res, {
        ...rest,
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: SAFE }],
        choices: [
          {
            ...choice,
            ...(isFiltered && { finish_reason: 'content_filter' }),
            content_filter_results: isFiltered ? FLAGGED : SAFE,
          },
        ],
      });
    }
    const empty = { id: '', object: '', created: 0, model: '' };
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(
      sse({
        ...empty,
        choices: [],
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: SAFE }],
      }),
    );
    const events = CHAT_SERVICE.stream(spoken);
    const asksForUsage = (body['stream_options'] as Body | undefined)?.['include_usage'] === true;
    for (const event of events) {
      if (event.includes('"usage"') && !asksForUsage) continue;
      res.write(
        isFiltered ? event.replace('"finish_reason":"stop"', '"finish_reason":"content_filter"') : event,
      );
      if (!event.includes('"content":"Hello')) continue;
      // What the asynchronous filter found comes in choices without a delta.
      const found = {
        content_filter_results: SAFE,
        content_filter_offsets: { start_offset: 0, end_offset: 9 },
      };
      res.write(sse({ ...empty, choices: [{ index: 0, finish_reason: null, ...found }] }));
    }
    res.end();
  }
}

/** A service in OpenAI's formats that wants a bearer token, below a path. */
export class BearerService {
  readonly paths: string[] = [];
  readonly models: unknown[] = [];

  constructor(readonly isAllowed: (call: UpstreamCall) => boolean) {}

  handle(call: UpstreamCall): unknown {
    const { res, path } = call;
    if (!this.isAllowed(call))
      return sendJson(res, { error: { message: 'no such key', code: 'unauthorized' } }, 401);
    this.paths.push(path);
    const body = JSON.parse(call.body.toString()) as Body;
    this.models.push(body['model']);
    return answer(res, body, path.endsWith('/responses') ? RESPONSES_SERVICE : CHAT_SERVICE);
  }
}

function answer(res: ServerResponse, body: Body, format: typeof CHAT_SERVICE): void {
  const spoken = spokenFor(body);
  if (body['stream'] !== true) return sendJson(res, format.json(spoken));
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of format.stream(spoken)) res.write(event);
  res.end();
}
