import { NO_LIMITS } from '../protocol/scanning/json-scan.js';
import { CLIENT_DIALECTS } from './client-dialects.js';
import { type ClientRequest, type Dialect, type Trial } from './ports/dialect.js';

/** A wire format in which a model can be tested with one small call. */
export type TriedDialect = Dialect & { readonly trial: Trial };

/** Best first: a chat model is tested with a chat. */
export const TRIED_DIALECTS: readonly TriedDialect[] = CLIENT_DIALECTS.filter(
  (dialect): dialect is TriedDialect => dialect.trial !== undefined,
);

/**
 * The smallest request that shows whether a model works.
 * @param word a short text
 */
export function trialRequest(dialect: TriedDialect, model: string, word: string): ClientRequest {
  return dialect.parse(Buffer.from(JSON.stringify(dialect.trial.body(model, word))), NO_LIMITS);
}
