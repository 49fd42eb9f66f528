import { randomUUID } from 'node:crypto';
import { type INestApplicationContext } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type MappedDialect } from '../../dialects/mapped/mapped-dialect.js';
import { MappedUpstream } from '../../providers/request/mapped-upstream.js';
import { DEFAULT_TOKEN_CACHE_HOURS } from '../../providers/request/request-model.config.js';
import { type ChatRequest } from '../../dialects/openai-chat/request/chat-request.js';
import { type ClientRequest, isConversation } from '../../dialects/ports/dialect.js';
import { OPENAI_CHAT } from '../../dialects/openai-chat/openai-chat.js';
import { translated } from '../../dialects/translating/translated-call.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { DeploymentCaller } from '../../routing/deployment/deployment-caller.js';
import { type Deployment } from '../../routing/deployment/deployment.js';
import { type TranslatedRequest, translateCall } from '../../routing/deployment/translate-call.js';
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
import { ReceivedBody, binaryFields, bodyFields, isBinary } from './received-body.js';
import { type ShownStep, show } from './render.js';
import { type Step, Timeline } from './timeline.js';
import { type SampleRequest } from './tried-call.js';
import { Watch } from './watch.js';

/** Makes a single call to one deployment and observes all parts involved. */
export class Workbench {
  readonly #dialect: MappedDialect | undefined;
  readonly #timeline = new Timeline();
  readonly #masker: Masker;
  readonly #watch: Watch;
  readonly #call: ModelCall;

  constructor(
    private readonly app: INestApplicationContext,
    private readonly deployment: Deployment,
    private readonly sample: SampleRequest,
  ) {
    const { config, upstream } = deployment;
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
      request: sample.request,
      headers: { 'x-request-id': randomUUID(), ...sample.headers },
      isTest: true,
    };
  }

  /** Calls the model like a client. @returns whether the call succeeded */
  call(cancellation: Cancellation): Promise<boolean> {
    return this.#attempt(async () => {
      this.#introduce();
      const record = new CallRecord(this.#call.headers['x-request-id']!, 'POST', 'terminal');
      const caller = this.app.get(DeploymentCaller);
      const opened = caller.open(this.deployment, this.#call, record, cancellation, 'first');
      const { exchange, request } = await opened;
      await this.#finish(exchange, request, record);
    });
  }

  /** Reads a recorded response without calling anything. */
  replay(body: Buffer): Promise<boolean> {
    return this.#attempt(async () => {
      const translation = this.#introduce();
      const { request: spoken } = translation?.call ?? this.#call;
      const request: UpstreamRequest = {
        method: 'POST',
        url: this.deployment.config.base_url,
        headers: {},
        body: this.#call.request.body,
      };
      const text = body.toString();
      const type = typeOfRecorded(text, this.#call.request);
      const recorded = new BufferedAnswer(200, { 'content-type': type }, body);
      const shown = isBinary(type) ? binaryFields(body.length, type) : bodyFields(text, type);
      this.#timeline.add('chat_answer', { recorded: true, ...shown });
      const answer = this.#dialect?.replay(body, request, spoken as ChatRequest) ?? recorded;
      await this.#finish(
        translation === undefined ? answer : translated(answer, request, translation.options),
        request,
      );
    });
  }

  /** Dry run: builds the requests without sending them. */
  dryRun(): Promise<boolean> {
    return this.#attempt(async () => {
      const { call = this.#call } = this.#introduce() ?? {};
      const { upstream } = this.deployment;
      const access = await upstream.credential.rehearse();
      const { request } = await upstream.prepare(call, access);
      this.#watch.request(request);
    });
  }

  /** The steps with secrets masked; secrets found late are masked in early steps, too. */
  steps(): ShownStep[] {
    return this.#timeline.steps.map((step) => show(withBody(step), this.#masker));
  }

  /** Masks secrets in names and messages, too. */
  mask(text: string): string {
    return this.#masker.text(text);
  }

  /**
   * Adds the client's request if the service gets a translated one, and names the fields that are
   * not sent.
   * @returns undefined if the service supports the client's format
   * @throws GatewayError if the service cannot serve it
   */
  #introduce(): TranslatedRequest | undefined {
    const { request } = this.#call;
    const { dialect } = request;
    const passes = this.deployment.upstream.dialects.includes(dialect);
    if (!passes || dialect !== OPENAI_CHAT)
      this.#timeline.add('client_request', { method: 'POST', path: dialect.route, body: this.sample.shown });
    if (passes) return undefined;
    const translation = translateCall(this.deployment, this.#call, this.app.get(UpstreamFailure));
    if (translation.dropped.length > 0) this.#timeline.add('dropped', { fields: translation.dropped });
    return translation;
  }

  /** Adds the response that a client would receive. */
  async #finish(
    exchange: AnswerSource,
    request: UpstreamRequest,
    record = new CallRecord('', 'POST', 'terminal'),
  ): Promise<void> {
    const { dialect, isStream } = this.#call.request;
    const { 'content-type': type = '' } = exchange.headers;
    const isEvents = mediaType(type) === 'text/event-stream';
    const { answer: limitBytes } = this.deployment.config.limits;
    const bytes = await exchange.readAll(limitBytes);
    const step = dialect === OPENAI_CHAT ? 'openai_answer' : 'client_answer';
    const form = dialect.replyForm?.(exchange.headers);
    if (form === 'bytes') {
      const text = isBinary(type) ? binaryFields(bytes.length, type) : { body: bytes.toString() };
      this.#timeline.add(step, text);
      return;
    }
    if (isEvents && !isConversation(this.#call.request)) {
      this.#checkEvents(bytes, request);
      this.#timeline.add(step, bodyFields(bytes.toString(), type));
      return;
    }
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
    if (!isStream || form === 'document') {
      this.#timeline.add(step, { body: reply.document });
      return;
    }
    const stream = isEvents ? bytes.toString() : reply.toStream(this.#call.request);
    this.#timeline.add(step, {
      ...bodyFields(stream, 'text/event-stream'),
      in_one: reply.document,
    });
  }

  /** @throws GatewayError for an error among the events, and for a stream without an end */
  #checkEvents(bytes: Buffer, request: UpstreamRequest): void {
    const watch = this.#call.request.dialect.watch(this.#call.request);
    watch.pass(bytes, this.app.get(SecretRedactor), request);
    if (watch.error !== undefined)
      throw this.app
        .get(UpstreamFailure)
        .fromError(watch.error, request, undefined, undefined, watch.errorEvent);
    if (!watch.isOver && watch.ending() === undefined)
      throw new UpstreamError(
        'upstream_stream_interrupted',
        'The stream ended before the reply was complete.',
      );
  }

  /**
   * A service may report an ended token under HTTP 200; unless that is recognised, the token is
   * kept and fails again.
   */
  #tokenHint(): { readonly hint?: string } {
    const { config, upstream } = this.deployment;
    const status = this.#timeline.latest('chat_answer')?.fields['status'];
    if (typeof status !== 'number' || status >= 300) return {};
    if (!config.logsIn || upstream.credential.refusedWhen?.looksAtBody === true) return {};
    return {
      hint:
        'if this response means that the token has ended, say how to recognise it, so that a new one is fetched: ' +
        'login.refused_when: { body: "code = 401" }, for example',
    };
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    const endWatch = this.#watch.start();
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError || error instanceof Error)) throw error;
      this.#timeline.add('failure', { ...failureFields(error, this.#watch.inputs), ...this.#tokenHint() });
      return false;
    } finally {
      endWatch();
    }
  }
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

/** A recording has no headers, so its type is detected from its beginning. */
function typeOfRecorded(text: string, { dialect }: ClientRequest): string {
  if (/^\s*(data|event|id)?:/.test(text)) return 'text/event-stream';
  const isDocument = /^\s*[{[]/.test(text);
  return !isDocument && dialect.replyForm !== undefined ? 'application/octet-stream' : 'application/json';
}
