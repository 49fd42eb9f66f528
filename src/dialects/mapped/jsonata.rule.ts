import { isJsonObject } from '../../protocol/json.js';
import { rule, Text } from '../../config/rules/config-rules.js';
import { SOME_TEXT } from '../../config/rules/rule-schema.js';

/**
 * A JSONata expression; its syntax is checked together with the model's other rules, because its
 * line is known there.
 */
export const Jsonata = () => Text('a JSONata expression');

/** One expression, or a mapping of names to expressions. */
export const JsonataOrMapping = () =>
  rule(
    'jsonataOrMapping',
    'a JSONata expression, or a mapping of names to expressions',
    { anyOf: [SOME_TEXT, { type: 'object', additionalProperties: { type: 'string' } }] },
    (value) => (typeof value === 'string' && value.trim() !== '') || isJsonObject(value),
  );
