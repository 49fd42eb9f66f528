import { parseLosslessJson } from '../../../protocol/json.js';
import { NO_LIMITS } from '../../../protocol/scanning/json-scan.js';
import { MappingError } from '../mapping-error.js';

/**
 * A request as expressions see it. It is valid JSON, so parsing fails only for a number out of
 * range.
 * @throws MappingError
 */
export function readRequest(body: Buffer): unknown {
  const request = parseLosslessJson(body.toString(), NO_LIMITS);
  if (request === undefined)
    throw new MappingError('request.body', 'got a number beyond the range of doubles');
  return request;
}
