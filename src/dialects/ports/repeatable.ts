import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { sseEvents } from '../framing/sse-events.js';

/** Which responses of a wire format may be returned again for the same request. */
export interface Repeatable {
  /** Whether the request has the same response each time. */
  isDeterministic(body: JsonObject): boolean;
  /**
   * Whether a successful response is complete: one that was cut at its token limit is not.
   * @param parts the document, or the data of each event of a stream
   */
  isComplete(parts: readonly JsonObject[]): boolean;
}

/** For models that only read their input, such as embedding models. */
export const ALWAYS_REPEATABLE: Repeatable = {
  isDeterministic: () => true,
  isComplete: () => true,
};

/**
 * Tools that the client runs itself. Tools that a service runs, such as a web search, give
 * different results each time.
 */
const OWN_TOOLS: ReadonlySet<unknown> = new Set([undefined, 'function', 'custom']);

/**
 * Whether the request asks for the most probable tokens, and the model sees nothing but the
 * request.
 */
export function isDeterministicChat({ temperature, tools }: JsonObject): boolean {
  if (temperature !== 0) return false;
  if (tools === undefined || tools === null) return true;
  return Array.isArray(tools) && tools.every((tool) => isJsonObject(tool) && OWN_TOOLS.has(tool['type']));
}

/** The parts of a response for `isComplete`. */
export function partsOf(body: Buffer, isStream: boolean): readonly JsonObject[] {
  const text = body.toString();
  const values = isStream ? Array.from(sseEvents(text), ({ data }) => parseJson(data)) : [parseJson(text)];
  return values.filter(isJsonObject);
}
