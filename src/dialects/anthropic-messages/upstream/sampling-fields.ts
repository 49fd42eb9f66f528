import { type Sampling } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { isVendors, refusesSampling } from './model-generation.js';

/** The limit of this format; others allow up to 2. */
const HIGHEST_TEMPERATURE = 1;

/**
 * @param isThinking a thinking model accepts none of the sampling fields
 * @param dropped receives the names of fields that are lost
 */
export function samplingFields(
  sampling: Sampling,
  model: string,
  isThinking: boolean,
  dropped: string[],
): JsonObject {
  const { temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty } = sampling;
  const fields: JsonObject = {};
  const refuses = isThinking || refusesSampling(model);
  const take = (name: string, value: number | undefined, isRefused: boolean): void => {
    if (value === undefined) return;
    if (isRefused) dropped.push(name);
    else fields[name] = value;
  };
  const allowed = temperature && Math.min(HIGHEST_TEMPERATURE, Math.max(0, temperature));
  take('temperature', allowed, refuses);
  if (allowed !== temperature && !refuses) dropped.push('temperature');
  // The vendor's models accept only one of the two.
  take('top_p', topP, refuses || (temperature !== undefined && isVendors(model)));
  take('top_k', topK, refuses);
  take('seed', seed as number | undefined, true);
  take('frequency_penalty', frequencyPenalty, true);
  take('presence_penalty', presencePenalty, true);
  // The service refuses stop sequences that consist of white space.
  const sequences = stop?.filter((text) => text.trim() !== '') ?? [];
  if (sequences.length > 0) fields['stop_sequences'] = sequences;
  if (sequences.length < (stop?.length ?? 0)) dropped.push('stop');
  return fields;
}
