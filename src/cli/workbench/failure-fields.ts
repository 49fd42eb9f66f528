import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { helpOf } from '../terminal/code-help.js';
import { MappingError } from '../../dialects/mapped/mapping-error.js';

/** Describes a failure; for a mapping also the expression, its input and the expected result. */
export function failureFields(error: Error, inputs: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const { cause } = error;
  if (error instanceof InternalError && cause instanceof Error) return { message: cause.message };
  const [code, help] = error instanceof GatewayError ? [{ code: error.logCode }, helpOf(error.logCode)] : [];
  if (!(cause instanceof MappingError)) return { ...code, message: error.message, ...help };
  return {
    ...code,
    expression: cause.expression,
    input: inputs.get(cause.expression),
    problem: cause.reason,
    ...help,
  };
}
