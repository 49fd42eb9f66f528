import { parseJson } from '../protocol/json.js';
import { type CredentialRefusal } from '../providers/llm-provider.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';

/** A longer answer is no refusal, and not parsed to look for one. */
const MAX_REFUSAL_BYTES = 65_536;

const EVENTS = /^\s*text\/event-stream\b/i;
/** One document. Some services call their JSON a page of HTML. */
const DOCUMENT = /^\s*(application\/([\w.-]+\+)?json|text\/html)\s*(;|$)/i;

/**
 * Whether an answer says that the credential is no longer good. Where its body has to be looked at it is read to its
 * end, and stays there for whoever reads next.
 * @param limitBytes `limits.answer`
 * @param owner the client whose call it is; empty where it is nobody's
 * @throws GatewayError when the answer breaks off, or cannot be judged
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

/** Whether the answer is one document: a stream must not be held up. */
function isWhole({ headers, status }: UpstreamExchange, isStream: boolean): boolean {
  const type = headers['content-type'] ?? '';
  return !EVENTS.test(type) && (!isStream || status >= 300 || DOCUMENT.test(type));
}
