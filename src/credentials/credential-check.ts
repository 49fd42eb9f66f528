import { parseJson } from '../protocol/json.js';
import { type CredentialRefusal } from './credential.js';
import { isDocument, mediaType } from '../upstream/response/response-headers.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';

/** Longer responses are not parsed to look for a refusal. */
const MAX_REFUSAL_BYTES = 65_536;

/**
 * Whether a response says that the credential is no longer valid. If the body decides, it is read
 * to its end, and can be read once more afterwards.
 * @param limitBytes `limits.answer`
 * @param owner name of the client that makes the call; empty for a call of the gateway itself
 * @throws GatewayError if the response is cut off or cannot be judged
 */
export async function isCredentialRefused(
  exchange: UpstreamExchange,
  refusal: CredentialRefusal,
  isStream: boolean,
  limitBytes: number,
  owner: string,
): Promise<boolean> {
  const { status } = exchange;
  if (refusal.saysStatus(status)) return true;
  if (!refusal.looksAtBody || !isWhole(exchange, isStream)) return false;
  const bytes = await exchange.peekAll(limitBytes);
  if (bytes.length > MAX_REFUSAL_BYTES) return false;
  const body = parseJson(bytes.toString());
  return body !== undefined && (await refusal.saysBody({ status, body, owner }));
}

/** Whether the response is a single document. A stream must not be delayed. */
function isWhole({ headers, status }: UpstreamExchange, isStream: boolean): boolean {
  const type = headers['content-type'];
  return mediaType(type) !== 'text/event-stream' && (!isStream || status >= 300 || isDocument(type));
}
