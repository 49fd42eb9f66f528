import { type ConfigReport } from '../../config/rules/config-report.js';
import { Expression, ExpressionError } from '../../expressions/expression.js';
import {
  ANSWER_FIELDS,
  type AnswerMappingConfig,
  type ResponseMappingConfig,
  type StreamMappingConfig,
} from './response/response-mapping.config.js';
import { parsePath } from './request/path-template.js';
import {
  type CallMappingConfig,
  type PollConfig,
  type RequestMappingConfig,
} from './request/request-mapping.config.js';
import { FRAMING_HEADERS, HEADER_NAME } from '../../protocol/header-rules.js';
import { isJsonObject } from '../../protocol/json.js';

/** The blocks of a model entry that describe its dialect. */
export interface MappingBlocks {
  readonly request?: RequestMappingConfig;
  readonly response?: ResponseMappingConfig;
  readonly stream?: StreamMappingConfig;
  readonly poll?: PollConfig;
  readonly upstream_mode?: 'both' | 'json_only' | 'stream_only';
}

const NO_TEXT = 'missing, expected a JSONata expression';

/**
 * Finds mistakes in the blocks of a mapping. A field may have the wrong type; that mistake has
 * already been reported.
 */
export function checkMapping(model: MappingBlocks, report: ConfigReport): void {
  const { request, response, stream, poll, upstream_mode: mode } = model;
  if (isJsonObject(request)) checkCall(request, 'request.', report);
  if (isJsonObject(response)) checkAnswer(response, 'response', report);
  if (isJsonObject(stream)) checkStream(stream, report);
  if (isJsonObject(response) && response.text === undefined) report.problem('response.text', NO_TEXT);
  if (isJsonObject(stream) && stream.format !== 'text' && stream.text === undefined) {
    report.problem('stream.text', NO_TEXT);
  }
  if (!isJsonObject(poll)) return;
  checkCall(poll, 'poll.', report);
  for (const key of ['done', 'failed'] as const) checkExpression(poll[key], `poll.${key}`, report);
  if (poll.path === undefined) report.problem('poll.path', 'missing, expected a path that begins with /');
  if (!isJsonObject(response)) {
    report.problem('response', 'missing, expected one with poll: it reads the last poll response');
  }
  if (isJsonObject(stream)) report.problem('stream', 'cannot be combined with poll; expected one of the two');
  if (mode !== undefined && mode !== 'json_only') {
    report.problem('upstream_mode', 'contradicts poll; expected json_only, or no upstream_mode at all');
  }
}

function checkCall(call: CallMappingConfig, block: string, report: ConfigReport): void {
  if (typeof call.path === 'string') checkPath(call.path, `${block}path`, report);
  checkAll(call.query, `${block}query`, report);
  checkAll(call.headers, `${block}headers`, report);
  for (const name of Object.keys(isJsonObject(call.headers) ? call.headers : {})) {
    const key = `${block}headers.${name}`;
    if (!HEADER_NAME.test(name))
      report.problem(key, 'is not a legal header name, expected letters, digits and -');
    // The URL of a mapped call, and with it the host, comes from an expression.
    else if (name.toLowerCase() === 'host' || FRAMING_HEADERS.has(name.toLowerCase())) {
      report.problem(key, 'is set by the gateway, expected another header');
    }
  }
  checkExpression(call.body, `${block}body`, report);
  if (call.method === 'GET' && call.body !== undefined) {
    report.problem(
      `${block}body`,
      'cannot be combined with method GET, which has no body; expected method POST',
    );
  }
}

function checkPath(path: string, key: string, report: ConfigReport): void {
  const parts = parsePath(path);
  if (parts === undefined) {
    report.problem(key, 'holds an unbalanced brace, expected {expression}');
    return;
  }
  for (const part of parts) {
    if ('expression' in part) checkExpression(part.expression, key, report);
    else if (/[?#]/.test(part.text)) report.problem(key, 'holds a ? or #; expected a path (see query)');
  }
}

function checkAnswer(answer: AnswerMappingConfig, block: string, report: ConfigReport): void {
  for (const key of ANSWER_FIELDS) checkExpression(answer[key], `${block}.${key}`, report);
  const { usage } = answer;
  if (isJsonObject(usage)) checkAll(usage, `${block}.usage`, report);
  else checkExpression(usage, `${block}.usage`, report);
  if (answer.error_status !== undefined && answer.error === undefined) {
    report.problem(`${block}.error_status`, 'has no effect without error; expected both');
  }
}

function checkStream(stream: StreamMappingConfig, report: ConfigReport): void {
  checkAnswer(stream, 'stream', report);
  checkExpression(stream.done, 'stream.done', report);
}

function checkAll(expressions: unknown, key: string, report: ConfigReport): void {
  if (!isJsonObject(expressions)) return;
  for (const [name, source] of Object.entries(expressions)) {
    if (typeof source === 'string') checkExpression(source, `${key}.${name}`, report);
    else report.problem(`${key}.${name}`, 'expected a JSONata expression in quotes');
  }
}

function checkExpression(source: unknown, key: string, report: ConfigReport): void {
  if (typeof source !== 'string') return;
  try {
    Expression.compile(source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const line = source.slice(0, error.position).split('\n').length;
    report.problem(key, `${error.message}${source.includes('\n') ? `, in its line ${line}` : ''}`);
  }
}
