import { type ConnectionOptions, answered, call, requestIdOf } from './connection.js';
import { LlmGatewayError, isObject } from './gateway-error.js';

/**
 * Lists the names of the models that the key may use.
 * @throws LlmGatewayError
 */
export async function listModels(options: ConnectionOptions = {}): Promise<string[]> {
  const response = await call('models', options);
  const text = await answered(response.url, options.signal, () => response.text());
  const details = { status: response.status, requestId: requestIdOf(response), code: 'invalid_response' };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new LlmGatewayError('The response is not JSON.', { ...details, cause });
  }
  if (!isObject(body) || !Array.isArray(body.data)) {
    throw new LlmGatewayError('The response is not a list of models.', details);
  }
  const models: readonly unknown[] = body.data;
  return models.flatMap((model) => (isObject(model) && typeof model.id === 'string' ? [model.id] : []));
}
