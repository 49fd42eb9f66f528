import { ValidateBy } from 'class-validator';
import { isJsonObject } from '../../protocol/json.js';
import { Text } from '../../config/config-rules.js';

/** A JSONata expression; its syntax is checked with the model's other rules, where its line is known. */
export const Jsonata = () => Text('a JSONata expression');

/** One expression, or a mapping of names to expressions. */
export const JsonataOrMapping = () =>
  ValidateBy({
    name: 'jsonataOrMapping',
    validator: {
      validate: (value) => (typeof value === 'string' && value.trim() !== '') || isJsonObject(value),
      defaultMessage: () => 'expected a JSONata expression, or a mapping of names to expressions',
    },
  });
