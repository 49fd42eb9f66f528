/** A response header in OpenAPI format. */
export interface HeaderDescription {
  readonly description: string;
  readonly schema: { readonly type: 'string' };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'x-request-id':
    "Identifies this call in the gateway's log; the client's own id if it sent one. 请求编号，可由客户端指定。",
  link: 'The page about the error code, on this gateway: `</errors/CODE>; rel="help"`. 错误码的说明页。',
  'retry-after': 'Seconds to wait before a retry. 建议的重试等待秒数。',
  'retry-after-ms': 'The same in milliseconds. 同上，单位为毫秒。',
  'x-ratelimit-limit-requests':
    "Requests per minute of the client's key or team. 密钥或团队每分钟的请求数上限。",
  'x-ratelimit-remaining-requests': 'Requests that are left now. 当前剩余的请求数。',
  'x-ratelimit-reset-requests': 'Until all are available again, such as `6m0s`. 恢复到上限所需的时间。',
  'x-ratelimit-limit-tokens':
    "Tokens per minute of the client's key or team. 密钥或团队每分钟的 token 数上限。",
  'x-ratelimit-remaining-tokens': 'Tokens that are left now. 当前剩余的 token 数。',
  'x-ratelimit-reset-tokens': 'Until all are available again, such as `6m0s`. 恢复到上限所需的时间。',
  'x-upstream-status': "The HTTP status of the model's service. 模型服务返回的状态码。",
  'x-should-retry': '`false`: the same call would fail again. OpenAI SDKs obey it. 为 `false` 时不必重试。',
  'x-gateway-attempts': 'Number of requests sent upstream. 实际发往上游的请求次数。',
  'x-gateway-route':
    'Model and deployment that responded; after several attempts, each of them with its error. ' +
    '给出响应的模型与部署实例；多次尝试时逐一列出，并附错误码。',
  'x-gateway-overhead-ms':
    'Time in the gateway until the response headers, in milliseconds. 网关自身耗时（毫秒）。',
  'x-gateway-dropped':
    "Names of request fields that the service's format cannot express, and parts of a JSON response that the client's format cannot express, as `response.NAME`. 模型服务不支持而被丢弃的请求字段，以及客户端格式无法表达的 JSON 响应内容（`response.NAME`）。",
  'x-gateway-cache':
    '`hit`: a cached response to the same request, see `cache_answers`; `miss`: a new one. Only for models with cached responses. ' +
    '`hit` 表示返回此前的应答；仅限启用 `cache_answers` 的模型。',
  'www-authenticate': '`Bearer`',
};

/** Present on the response to a model call, and on its failures once the model was found. */
export const MODEL_CALL_HEADERS = [
  'x-gateway-attempts',
  'x-gateway-route',
  'x-gateway-overhead-ms',
  'x-gateway-dropped',
  'x-gateway-cache',
] as const;

/**
 * Describes response headers. `x-request-id` is present on every response.
 * @param names further headers, in lower case
 */
export function describeHeaders(names: Iterable<string> = []): Record<string, HeaderDescription> {
  return Object.fromEntries(
    ['x-request-id', ...names].map((name) => [
      name,
      { description: DESCRIPTIONS[name] ?? '', schema: { type: 'string' } },
    ]),
  );
}
