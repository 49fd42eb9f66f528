import { randomUUID } from 'node:crypto';
import { type INestApplicationContext } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type MappedDialect } from '../../dialects/mapped/mapped-dialect.js';
import { MappedUpstream } from '../../providers/request/mapped-upstream.js';
import { DEFAULT_TOKEN_CACHE_HOURS } from '../../providers/request/request-model.config.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { type ChatRequest } from '../../dialects/openai-chat/chat-request.js';
import { ownRequest } from '../../dialects/own-request.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { DeploymentCaller } from '../../routing/deployment-caller.js';
import { type Deployment } from '../../routing/deployment.js';
import { readWholeAnswer } from '../../routing/response/whole-answer.js';
import { mediaType } from '../../upstream/response/response-headers.js';
import { CallRecord } from '../../calls/call-record.js';
import { type AnswerSource, BufferedAnswer } from '../../upstream/response/answer-source.js';
import { type Cancellation } from '../../calls/cancellation.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { failureFields } from './failure-fields.js';
import { Masker } from './masker.js';
import { ReceivedBody, bodyFields } from './received-body.js';
import { type ShownStep, show } from './render.js';
import { type Step, Timeline } from './timeline.js';
import { Watch } from './watch.js';

/** Makes a single call of one model and observes all parts involved. */
export class Workbench {
  /** The deployment used, if there are several: the first. */
  readonly deployment: Choice | undefined;
  readonly #deployment: Deployment;
  readonly #dialect: MappedDialect | undefined;
  readonly #timeline = new Timeline();
  readonly #masker: Masker;
  readonly #watch: Watch;
  readonly #call: ModelCall;

  constructor(
    private readonly app: INestApplicationContext,
    model: string,
    message: string,
    isStream: boolean,
  ) {
    const { deployments } = app.get(ModelRegistry).get(model);
    [this.#deployment] = deployments;
    const { length: count } = deployments;
    if (count > 1) this.deployment = { name: this.#deployment.name, count };
    const { config, upstream } = this.#deployment;
    this.#masker = new Masker(app.get(SecretRedactor));
    const { password, settings, token_cache_hours: hours = DEFAULT_TOKEN_CACHE_HOURS } = config as SomeFields;
    this.#masker.add([password]);
    this.#masker.addNamed(settings);
    this.#watch = new Watch(
      this.#timeline,
      this.#masker,
      `not in the response; kept for ${hours} h (token_cache_hours)`,
    );
    this.#dialect = upstream instanceof MappedUpstream ? upstream.dialect : undefined;
    this.#call = {
      request: ownRequest(model, [{ role: 'user', content: message }], isStream),
      headers: { 'x-request-id': randomUUID() },
      isTest: true,
    };
  }

  /** Calls the model like a client. @returns whether the call succeeded */
  call(cancellation: Cancellation): Promise<boolean> {
    return this.#attempt(async () => {
      const record = new CallRecord(this.#call.headers['x-request-id']!, 'POST', 'terminal');
      const caller = this.app.get(DeploymentCaller);
      const opened = caller.open(this.#deployment, this.#call, record, cancellation, 'first');
      const { exchange, request } = await opened;
      await this.#finish(exchange, request, record);
    });
  }

  /** Reads a recorded response without calling anything. */
  replay(body: Buffer): Promise<boolean> {
    return this.#attempt(async () => {
      const { request: chat } = this.#call;
      const request: UpstreamRequest = {
        method: 'POST',
        url: this.#deployment.config.base_url,
        headers: {},
        body: chat.body,
      };
      const type = /^\s*(data|event|id)?:/.test(body.toString()) ? 'text/event-stream' : 'application/json';
      const recorded = new BufferedAnswer(200, { 'content-type': type }, body);
      this.#timeline.add('chat_answer', { recorded: true, ...bodyFields(body.toString(), type) });
      await this.#finish(this.#dialect?.replay(body, request, chat as ChatRequest) ?? recorded, request);
    });
  }

  /** Dry run: builds the requests without sending them. */
  dryRun(): Promise<boolean> {
    return this.#attempt(async () => {
      const { upstream } = this.#deployment;
      const access = await upstream.credential.rehearse();
      const { request } = await upstream.prepare(this.#call, access);
      this.#watch.request(request);
    });
  }

  /** The steps with secrets masked; secrets found late are masked in early steps, too. */
  steps(): ShownStep[] {
    return this.#timeline.steps.map((step) => show(withBody(step), this.#masker));
  }

  /** Masks secrets in names and messages, which are not values. */
  mask(text: string): string {
    return this.#masker.text(text);
  }

  /** Adds the response that a client would receive. */
  async #finish(
    exchange: AnswerSource,
    request: UpstreamRequest,
    record = new CallRecord('', 'POST', 'terminal'),
  ): Promise<void> {
    const isStream = mediaType(exchange.headers['content-type']) === 'text/event-stream';
    const { answer: limitBytes } = this.#deployment.config.limits;
    const bytes = await exchange.readAll(limitBytes);
    const answer = {
      exchange: new BufferedAnswer(exchange.status, exchange.headers, bytes),
      request,
    };
    const reply = await readWholeAnswer(
      answer,
      this.#call,
      record,
      this.app.get(UpstreamFailure),
      limitBytes,
    );
    if (!this.#call.request.isStream) {
      this.#timeline.add('openai_answer', { body: reply.document });
      return;
    }
    const stream = isStream ? bytes.toString() : reply.toStream(this.#call.request);
    this.#timeline.add('openai_answer', {
      ...bodyFields(stream, 'text/event-stream'),
      in_one: reply.document,
    });
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    const endWatch = this.#watch.start();
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError || error instanceof Error)) throw error;
      this.#timeline.add('failure', failureFields(error, this.#watch.inputs));
      return false;
    } finally {
      endWatch();
    }
  }
}

/** One of several deployments. */
interface Choice {
  readonly name: string;
  readonly count: number;
}

/** Fields that only some model types have. */
interface SomeFields {
  readonly password?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly token_cache_hours?: number;
}

/** Adds the body, which arrived after the step was recorded. */
function withBody(step: Step): Step {
  const { received, ...fields } = step.fields;
  if (!(received instanceof ReceivedBody)) return step;
  return { ...step, fields: { ...fields, ...received.fields() } };
}
