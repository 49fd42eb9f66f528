import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type JsonObject, isJsonObject, parseJson, stringifyJson } from '../../protocol/json.js';
import { CHAT } from '../../protocol/operation.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import {
  type ClientRequest,
  type ConversationDialect,
  type ReplyWriter,
  type WholeReply,
} from '../ports/dialect.js';
import {
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReportedError,
} from '../ports/received-reply.js';
import { type ReplyWatch, type WatchOptions } from '../ports/reply-watch.js';
import {
  type ReplyReader,
  type RequestOptions,
  type UpstreamDialect,
  type WrittenRequest,
} from '../ports/upstream-dialect.js';
import { type Names } from '../fields/shape.js';
import { OPENAI_RESPONSES_NAME } from './name.js';
import { firstEventOf } from './passing/first-event.js';
import { noOutput, parsedResponse, responseEvents } from './passing/response-events.js';
import { ResponseGathering } from './passing/response-gathering.js';
import { ResponsesWatch } from './passing/responses-watch.js';
import { readWhole } from './passing/whole-response.js';
import { REPEATABLE_RESPONSES } from './repeatable.js';
import { ResponsesWriter } from './reply/responses-writer.js';
import { ResponsesRequest } from './request/responses-request.js';
import { errorOfResponse } from './upstream/reported-error.js';
import { responsesBody } from './upstream/responses-body.js';
import { ResponsesReader } from './upstream/responses-reader.js';
import { RESPONSES_DOCS } from './docs.js';
import { usageOf } from './usage.js';

const LF = 0x0a;

/**
 * OpenAI's Responses format. The gateway stores no responses. Wire format:
 * https://platform.openai.com/docs/api-reference/responses
 */
class OpenAiResponses implements ConversationDialect, UpstreamDialect {
  readonly name = OPENAI_RESPONSES_NAME;
  readonly operation = CHAT;
  readonly route = '/v1/responses';
  readonly docs = RESPONSES_DOCS;
  readonly errors = OPENAI_ERRORS;
  readonly headerPrefix = 'openai-';
  readonly repeatable = REPEATABLE_RESPONSES;

  path(): string {
    return '/responses';
  }

  parse(body: Buffer, limits?: ScanLimits): ResponsesRequest {
    return new ResponsesRequest(this, body, limits);
  }

  request(prompt: Prompt, options: RequestOptions): WrittenRequest {
    const { body, dropped } = responsesBody(prompt, options);
    return { request: this.parse(Buffer.from(stringifyJson(body))), dropped };
  }

  failedUsage(document: unknown): Usage | undefined {
    if (!isJsonObject(document)) return undefined;
    const { response = document } = document;
    return isJsonObject(response) ? usageOf(response) : undefined;
  }

  reader(lost?: Names): ReplyReader {
    return new ResponsesReader(lost);
  }

  read(document: unknown, lost?: Names): readonly ReplyEvent[] {
    return new ResponsesReader(lost).readResponse(document);
  }

  writer(request: ClientRequest): ReplyWriter {
    return ResponsesWriter.ofStream(request);
  }

  loses(event: ReplyEvent): readonly string[] {
    if (event.kind === 'citation') return event.citation.quote === undefined ? [] : ['response.cited_text'];
    const isNamed = event.kind === 'finish' && event.stopSequence !== undefined;
    return isNamed ? ['response.stop_sequence'] : [];
  }

  document(events: readonly ReplyEvent[], request: ClientRequest): JsonObject {
    return ResponsesWriter.document(events, request);
  }

  watch(request: ClientRequest, options?: WatchOptions): ReplyWatch {
    return new ResponsesWatch(request, options);
  }

  gather(): ReplyGathering {
    return new ResponseGathering();
  }

  firstEvent(events: Buffer): FirstEvent | undefined {
    return firstEventOf(events);
  }

  beginsStream(lines: Buffer): boolean {
    const end = lines.indexOf(LF);
    const first = parseJson(lines.toString('utf8', 0, end < 0 ? lines.length : end));
    return isJsonObject(first) && typeof first['type'] === 'string' && first['type'].startsWith('response.');
  }

  documentAsEvents(document: Buffer): string {
    const value = parsedResponse(document, 200);
    if (errorOfResponse(value) !== undefined) {
      // A failed response contains more than its error.
      const isResponse = isJsonObject(value) && value['object'] === 'response';
      const event = isResponse ? { type: 'response.failed', response: value } : value;
      return `event: ${isResponse ? 'response.failed' : 'error'}\ndata: ${stringifyJson(event)}\n\n`;
    }
    if (!isJsonObject(value)) throw noOutput(200);
    return responseEvents(value);
  }

  readWhole(
    body: ReceivedBody,
    _request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError {
    return readWhole(body, answer);
  }
}

export const OPENAI_RESPONSES: ConversationDialect & UpstreamDialect = new OpenAiResponses();
