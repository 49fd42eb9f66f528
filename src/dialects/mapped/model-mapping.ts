import { TEXT_FUNCTIONS } from '../../expressions/host-functions.js';
import { AnswerExpressions } from './response/response-expressions.js';
import { CallMapper } from './request/call-mapper.js';
import { type MappedModelConfig, type UpstreamMode } from './mapped-model.config.js';
import { JobRequest } from './jobs/job-request.js';
import { NamedExpression } from './named-expression.js';
import { RequestMappingConfig } from './request/request-mapping.config.js';
import { type StreamMapping } from './stream/stream-translator.js';

/** One model's mapping, with every expression compiled. */
export class ModelMapping {
  readonly mode: UpstreamMode;
  readonly request: CallMapper;
  readonly response: AnswerExpressions | undefined;
  readonly stream: StreamMapping | undefined;
  readonly poll: PollMapping | undefined;
  /**
   * The part of the client's request that the expressions of a job read; undefined if they read
   * none.
   */
  readonly jobRequest: JobRequest | undefined;
  /** `$names` that every expression can use. */
  readonly constants: Readonly<Record<string, unknown>>;

  constructor(readonly model: MappedModelConfig) {
    const { request, response, stream, poll } = model;
    const basePath = new URL(model.base_url).pathname.replace(/\/+$/, '');
    this.mode = model.upstream_mode ?? defaultMode(model);
    this.request = new CallMapper('request.', request ?? new RequestMappingConfig(), basePath);
    this.response = response && new AnswerExpressions('response', response);
    this.stream = stream && {
      format: stream.format,
      expressions: new AnswerExpressions('stream', stream),
      done: NamedExpression.optional('stream.done', stream.done),
      isWholeText: stream.whole_text,
    };
    this.poll = poll && {
      call: new CallMapper('poll.', poll, basePath),
      done: new NamedExpression('poll.done', poll.done),
      failed: NamedExpression.optional('poll.failed', poll.failed),
      intervalMs: poll.interval_seconds * 1000,
    };
    this.jobRequest = this.poll && JobRequest.of([...expressionsOf(this.poll), ...this.response!.all]);
    this.constants = {
      model: model.model_name,
      settings: model.settings,
      ...TEXT_FUNCTIONS,
    };
  }

  /** Whether some of its expressions could take long for some inputs. */
  get needsEvaluator(): boolean {
    const { request, response, stream, poll } = this;
    return [
      ...request.expressions,
      ...(response?.all ?? []),
      ...(stream?.expressions.all ?? []),
      ...(poll === undefined ? [] : expressionsOf(poll)),
      stream?.done,
    ].some((expression) => expression?.needsEvaluator === true);
  }

  /**
   * Whether bodies are in OpenAI's format both ways, so that only method, address, headers and
   * query are described.
   */
  get isOfChat(): boolean {
    return !this.request.hasBody && this.response === undefined && this.stream === undefined;
  }

  /** @returns undefined for a model that uses OpenAI's format in both directions */
  static of(model: MappedModelConfig): ModelMapping | undefined {
    return model.isMapped ? new ModelMapping(model) : undefined;
  }
}

/** How the result of a job is fetched. */
export interface PollMapping {
  readonly call: CallMapper;
  readonly done: NamedExpression;
  readonly failed: NamedExpression | undefined;
  readonly intervalMs: number;
}

function expressionsOf({ call, done, failed }: PollMapping): NamedExpression[] {
  return [...call.expressions, done, ...(failed === undefined ? [] : [failed])];
}

function defaultMode({ response, stream, poll }: MappedModelConfig): UpstreamMode {
  if (poll !== undefined || (response !== undefined && stream === undefined)) return 'json_only';
  return stream !== undefined && response === undefined ? 'stream_only' : 'both';
}
