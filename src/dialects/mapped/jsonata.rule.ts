import { ValidateBy } from 'class-validator';
import { Text } from '../../config/config-rules.js';

/** A JSONata expression; its syntax is checked with the model's other rules, where its line is known. */
export const Jsonata = () => Text('a JSONata expression');

/** One expression, or a mapping of names to expressions. */
export const JsonataOrMapping = () =>
  ValidateBy({
    name: 'jsonataOrMapping',
    validator: {
      validate: (value) => (typeof value === 'string' && value.trim() !== '') || isMapping(value),
      defaultMessage: () => 'expected a JSONata expression, or a mapping of names to expressions',
    },
  });

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
