import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type JsonObject } from '../../../protocol/json.js';
import { invalid, isAbsent, isEmpty } from '../../checks.js';

/** Fields whose loss would change the meaning of the request, and why. */
const STATEFUL = {
  mcp_servers: 'has the service call MCP servers',
  container: 'runs code in a container of the service',
} as const;

/** A `thread` is a conversation stored at the service, so its contents are not in the request. */
export class ThreadUnsupportedError extends InvalidRequestError {
  constructor() {
    super(
      'invalid_value',
      "'thread' is not supported: the model is reached in another format, and the gateway keeps no conversations. Send all messages.",
      'thread',
    );
  }
}

/**
 * Refuses fields that cannot be expressed in another format and must not be dropped.
 * @throws InvalidRequestError
 */
export function refuseStateful(request: JsonObject): void {
  if (!isAbsent(request['thread'])) throw new ThreadUnsupportedError();
  for (const [name, what] of Object.entries(STATEFUL)) {
    if (isEmpty(request[name])) continue;
    throw invalid(
      name,
      `'${name}' ${what}: the model is reached in another format, which has no such field.`,
    );
  }
}
