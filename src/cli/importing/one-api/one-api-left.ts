import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type ImportedGateway } from '../imported-gateway.js';

type Reasons = Readonly<Record<string, string>>;

const NO_EQUIVALENT = 'it has no equivalent';
const PASSES = 'fields pass as clients sent them';
const NO_TEXT = 'the gateway adds nothing to prompts: clients send it';
const SYNC = 'models are listed in the configuration';
const STATE = new Set([
  'balance',
  'used_quota',
  'response_time',
  'test_time',
  'created_time',
  'accessed_time',
]);

/** Why a column of a channel is not imported. */
const CHANNEL: Reasons = {
  param_override: 'the gateway sets no parameters but max_tokens: clients send them',
  system_prompt: NO_TEXT,
  status_code_mapping: 'statuses have one meaning: docs/reference/upstream-failures.md',
  test_model: 'tests call each model (llm-gateway test)',
  auto_ban: 'a breaker opens and closes by itself (breaker)',
  tag: 'channels are not grouped by tags',
  remark: 'comments are not read: write them into the YAML',
  other: NO_EQUIVALENT,
  max_input_tokens: NO_EQUIVALENT,
};

/** Why a field of `config`, `setting` or `settings` is not imported. */
const OF_SETTINGS: Reasons = {
  force_format: 'responses pass as the service sent them',
  thinking_to_content: 'thoughts stay in their own field',
  pass_through_body_enabled: PASSES,
  system_prompt: NO_TEXT,
  system_prompt_override: NO_TEXT,
  allow_service_tier: PASSES,
  allow_inference_geo: PASSES,
  allow_speed: PASSES,
  allow_safety_identifier: PASSES,
  allow_include_obfuscation: PASSES,
  disable_store: PASSES,
  azure_responses_version: 'a model has one address: make a second one that speaks openai-responses',
  upstream_model_update_check_enabled: SYNC,
  upstream_model_update_auto_sync_enabled: SYNC,
  upstream_model_update_ignored_models: SYNC,
};
/** Results of new-api's own model checks. */
const OF_CHECKS = /^upstream_model_update_last_/;

/** Why a column of a token is not imported. */
const TOKEN: Reasons = {
  subnet: 'keys are not limited by address',
  allow_ips: 'keys are not limited by address',
  cross_group_retry: 'models fall back to others for all keys (fallbacks)',
  billing_type: 'there is no billing: budgets are limits',
};

/** Values that mean the same as no value, by column. */
const USUAL: Readonly<Record<string, readonly unknown[]>> = { auto_ban: [1, true, null] };

/** Notes the columns of a row that are set and were not read. */
export function noteColumns(
  kind: 'channel' | 'token',
  row: JsonObject,
  read: ReadonlySet<string>,
  label: string,
  gateway: ImportedGateway,
): void {
  const reasons = kind === 'channel' ? CHANNEL : TOKEN;
  for (const [column, value] of Object.entries(row)) {
    if (read.has(column) || isState(column) || (USUAL[column]?.includes(value) ?? isUnset(value))) continue;
    gateway.note(column, reasons[column] ?? NO_EQUIVALENT, label);
  }
}

/** Notes the fields of a JSON column that were not read. */
export function noteFields(
  column: string,
  fields: JsonObject,
  read: ReadonlySet<string>,
  label: string,
  gateway: ImportedGateway,
): void {
  for (const [field, value] of Object.entries(fields)) {
    if (read.has(field) || isUnset(value) || OF_CHECKS.test(field)) continue;
    gateway.note(`${column}.${field}`, OF_SETTINGS[field] ?? NO_EQUIVALENT, label);
  }
}

/**
 * The mapping in a JSON column.
 * @returns undefined if the column is not set or, with a note, if it contains anything else
 */
export function jsonIn(
  row: JsonObject,
  column: string,
  label: string,
  gateway: ImportedGateway,
): JsonObject | undefined {
  const value = row[column];
  if (isUnset(value)) return undefined;
  let parsed: unknown = value;
  try {
    if (typeof value === 'string') parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  if (isJsonObject(parsed)) return parsed;
  gateway.note(column, 'it is not a mapping in JSON', label);
  return undefined;
}

/**
 * Whether a column holds counters and measurements of the other gateway, which configure nothing.
 */
function isState(column: string): boolean {
  return STATE.has(column) || column.endsWith('_updated_time') || column === 'other_info';
}

function isUnset(value: unknown): boolean {
  if (typeof value === 'string') return ['', '{}', '[]', 'null'].includes(value.trim());
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === 0;
}
