import { type Prompt } from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { type JsonScan, NO_LIMITS, type ScanLimits } from '../../../protocol/scanning/json-scan.js';
import { type JsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { scanRequest } from '../../../protocol/scanning/scan-request.js';
import { type Edit, splice } from '../../../protocol/scanning/splice.js';
import { type ClientRequest, type Dialect } from '../../ports/dialect.js';
import { type TokenLimit } from '../../ports/wire-format.js';
import {
  LOWER_N,
  OPEN_BRACKET,
  QUOTE,
  invalidType,
  isNumber,
  missing,
  readFlag,
  readText,
  refuseRepeated,
  replaceField,
} from '../../json-body.js';
import { promptOf } from './prompt-of.js';

/**
 * The fields that the gateway itself reads, by their index in the scan; the upstream judges all
 * others.
 */
const enum Field {
  Model,
  Input,
  Stream,
  MaxOutputTokens,
  PreviousResponseId,
  Conversation,
  Prompt,
}
const FIELDS = new FieldNames([
  'model',
  'input',
  'stream',
  'max_output_tokens',
  'previous_response_id',
  'conversation',
  'prompt',
]);
/** Any of these may be the only input of a request; only a service that keeps state can read it. */
const KEPT_INPUT = [Field.PreviousResponseId, Field.Conversation, Field.Prompt] as const;

/**
 * A request in the Responses format, with its bytes unchanged; only the fields that the gateway
 * reads are checked. Wire format: https://platform.openai.com/docs/api-reference/responses/create
 */
export class ResponsesRequest implements ClientRequest {
  readonly model: string;
  readonly isStream: boolean;
  owner = '';
  readonly #scan: JsonScan;
  readonly #hasTokenLimit: boolean;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the invalid field, TooManyValuesError
   */
  constructor(
    readonly dialect: Dialect,
    readonly body: Buffer,
    limits: ScanLimits = NO_LIMITS,
  ) {
    const scan = scanRequest(body, FIELDS, limits);
    this.#scan = scan;
    this.model = readText(scan, Field.Model);
    checkInput(scan);
    this.isStream = readFlag(scan, Field.Stream);
    this.#hasTokenLimit = hasTokenLimit(scan);
    refuseRepeated(scan, Field.Prompt);
  }

  get outputLimit(): number | undefined {
    return this.#hasTokenLimit ? (this.#scan.parse(Field.MaxOutputTokens) as number) : undefined;
  }

  /**
   * Parsed anew each time, so that the objects of a long conversation do not stay in memory while
   * its reply arrives.
   */
  prompt(): Prompt {
    return promptOf(this.document());
  }

  /** The whole request, with integers beyond 2^53 as bigints. */
  document(): JsonObject {
    return parseLosslessJson(this.body.toString(), NO_LIMITS) as JsonObject;
  }

  /** @param tokenLimit its field is ignored, because this format has only one */
  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit): Buffer {
    const limit = this.#hasTokenLimit ? undefined : tokenLimit;
    if (upstreamModel === this.model && limit === undefined) return this.body;
    const scan = this.#scan;
    const { start, end } = scan.span(Field.Model);
    const model = JSON.stringify(upstreamModel);
    if (limit === undefined) return splice(this.body, [{ start, end, text: model }]);
    const added = `"max_output_tokens":${limit.value}`;
    const edits: Edit[] = scan.has(Field.MaxOutputTokens)
      ? [{ start, end, text: model }, replaceField(scan, Field.MaxOutputTokens, added)]
      : [{ start, end, text: `${model},${added}` }];
    return splice(this.body, edits);
  }
}

function checkInput(scan: JsonScan): void {
  const first = scan.firstByte(Field.Input);
  if (first === QUOTE || first === OPEN_BRACKET) return;
  if (first !== undefined && first !== LOWER_N)
    throw invalidType('input', 'a string or an array of items', first);
  if (!KEPT_INPUT.some((field) => isSaid(scan, field))) throw missing('input');
}

function isSaid(scan: JsonScan, field: Field): boolean {
  const first = scan.firstByte(field);
  return first !== undefined && first !== LOWER_N;
}

function hasTokenLimit(scan: JsonScan): boolean {
  const field = Field.MaxOutputTokens;
  if (!isSaid(scan, field)) return false;
  const first = scan.firstByte(field);
  const name = scan.nameOf(field);
  if (!isNumber(first)) throw invalidType(name, 'a positive integer or null', first);
  const value = scan.parse(field) as number;
  if (Number.isInteger(value) && value >= 1) return true;
  throw new InvalidRequestError('invalid_value', `'${name}' must be a positive integer or null.`, name);
}
