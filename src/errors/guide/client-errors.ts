import { type GuideEntry } from './guide-entry.js';

/** Codes for requests that the gateway refuses and for clients that disconnect. */
export const CLIENT_ERRORS = {
  invalid_json: {
    status: '400',
    retry: 'no',
    cause: {
      en: 'The request body is not valid JSON, or not UTF-8. The message names the position where that shows.',
      zh: '请求体不是合法的 JSON，或不是 UTF-8 编码。错误信息会指出出错的位置。',
    },
    action: {
      en: 'Send the body that your JSON library writes. Common causes: a trailing comma, single quotes in a shell, a body cut off by a wrong `content-length`.',
      zh: '使用 JSON 库生成请求体。常见原因：多余的逗号、命令行中的单引号、`content-length` 有误导致内容被截断。',
    },
  },
  missing_required_parameter: {
    status: '400',
    retry: 'no',
    cause: {
      en: 'A field that the gateway must read is absent. `param` names it.',
      zh: '缺少网关必须读取的字段，`param` 指明是哪个字段。',
    },
    action: {
      en: 'Add the field. For chat these are `model` and `messages`, each message with a `role`.',
      zh: '补上该字段。对话请求必须有 `model` 和 `messages`，每条消息必须有 `role`。',
    },
  },
  invalid_type: {
    status: '400',
    retry: 'no',
    cause: {
      en: 'A field has a value of the wrong kind, such as a number where a text is expected. `param` names it.',
      zh: '字段值的类型不对，例如应为文本却是数字。`param` 指明是哪个字段。',
    },
    action: { en: 'Send the kind of value that the message names.', zh: '按错误信息改为正确的类型。' },
  },
  invalid_value: {
    status: '400, 417, 431',
    retry: 'no',
    cause: {
      en: 'A field, the path or a header has a value that the gateway cannot accept: an empty `model`, a field that occurs twice, a limit of tokens that is not positive, an input that the format of the service cannot express, headers that are malformed, too many or too long.',
      zh: '字段、路径或请求头的值不可接受：`model` 为空、字段重复、token 上限不是正数、服务的格式无法表达该输入、请求头格式有误、过多或过长。',
    },
    action: {
      en: '`param`, where it is set, names the field; the message says what is expected. `server.header_limit` bounds the headers.',
      zh: '`param`（若有）指明字段，错误信息说明应当如何。请求头的上限由 `server.header_limit` 设定。',
    },
  },
  previous_response_not_found: {
    status: '400',
    retry: 'no',
    cause: {
      en: 'The request continues an earlier response by `previous_response_id`, and neither the gateway nor the service of this model keeps responses.',
      zh: '请求用 `previous_response_id` 接续之前的响应，但网关和该模型的服务都不保存响应。',
    },
    action: {
      en: 'Send the whole conversation as `input`, without `previous_response_id`.',
      zh: '将完整对话放入 `input` 发送，去掉 `previous_response_id`。',
    },
  },
  invalid_api_key: {
    status: '401',
    retry: 'no',
    cause: {
      en: 'The request has no API key, or one that this gateway does not know. It is the key for the gateway; a key of a model service never causes this code.',
      zh: '请求没有 API 密钥，或网关不认识该密钥。这里指访问网关的密钥，与模型服务的密钥无关。',
    },
    action: {
      en: 'Send `Authorization: Bearer KEY` with a key of `auth.api_keys`. If several of `Authorization`, `x-api-key` and `api-key` are sent, the first decides. On a fresh checkout the key is `sk-llm-gateway-demo`.',
      zh: '在 `Authorization: Bearer KEY` 中发送 `auth.api_keys` 里的密钥。若同时发送 `Authorization`、`x-api-key`、`api-key`，以其中第一个为准。默认配置的密钥是 `sk-llm-gateway-demo`。',
    },
  },
  api_key_expired: {
    status: '401',
    retry: 'no',
    cause: { en: 'The key was valid until its `expires_at`.', zh: '密钥已过 `expires_at` 规定的期限。' },
    action: {
      en: 'Ask the operator for a new key, or for a later `expires_at` in `auth.api_keys`.',
      zh: '请运维人员发放新密钥，或在 `auth.api_keys` 中延长 `expires_at`。',
    },
  },
  model_not_allowed: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The model exists, but is not among the `models` of this key.',
      zh: '模型存在，但不在该密钥的 `models` 范围内。',
    },
    action: {
      en: '`GET /v1/models` lists what the key may use. The operator can add the model to the key.',
      zh: '`GET /v1/models` 列出该密钥可用的模型。运维人员可以为密钥添加该模型。',
    },
  },
  model_not_priced: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The key or its team has a budget, and the price of the model, or of a deployment or fallback that may serve it, is not known.',
      zh: '密钥或其团队设有预算，而该模型（或可能接手的部署实例、备用模型）的价格未知。',
    },
    action: {
      en: 'The operator sets `price` for the model (`free` is a price), or for the deployment or fallback.',
      zh: '运维人员为该模型、部署实例或备用模型设置 `price`（`free` 也是价格）。',
    },
  },
  key_not_allowed: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The key is restricted to some models, and this route, such as `/metrics`, shows all of them.',
      zh: '密钥仅限部分模型，而该接口（如 `/metrics`）包含所有模型的数据。',
    },
    action: { en: 'Use a key without `models`.', zh: '使用未设置 `models` 的密钥。' },
  },
  admin_required: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The request asks for something that is reserved for keys with `admin: true`, such as `force` in a model test.',
      zh: '该操作（例如强制测试模型的 `force`）仅限设有 `admin: true` 的密钥。',
    },
    action: {
      en: 'Use such a key, or leave out the field that `param` names.',
      zh: '使用管理员密钥，或去掉 `param` 所指的字段。',
    },
  },
  operation_not_supported: {
    status: '404',
    retry: 'no',
    cause: {
      en: 'The model exists, but its service does not do this: embeddings of a chat model, for example. The message lists what it does.',
      zh: '模型存在，但其服务不支持该操作，例如向对话模型请求向量。错误信息列出它支持的操作。',
    },
    action: {
      en: 'Choose a model that does; `speaks` in `GET /v1/models` shows the formats of each. If the service can do it after all, the operator adds the format to `speaks` of the model.',
      zh: '改用支持该操作的模型，`GET /v1/models` 中的 `speaks` 列出各模型的格式。若服务其实支持，运维人员可在模型的 `speaks` 中加上该格式。',
    },
  },
  model_not_found: {
    status: '404',
    retry: 'no',
    cause: {
      en: 'No enabled model has this name. Names are compared exactly, capitals included.',
      zh: '没有启用的模型叫这个名字。名称须完全一致，区分大小写。',
    },
    action: {
      en: '`GET /v1/models` lists the names. An operator sees disabled models in `llm-gateway list`.',
      zh: '`GET /v1/models` 列出可用名称。运维人员可用 `llm-gateway list` 查看已停用的模型。',
    },
  },
  not_found: {
    status: '404',
    retry: 'no',
    cause: {
      en: 'The gateway has no such route. The message says which one was probably meant.',
      zh: '网关没有该路由。错误信息会给出可能的正确路由。',
    },
    action: {
      en: 'The base URL of a client is the address of the gateway with `/v1`, and without it for clients of the Messages format. `/docs` shows all routes.',
      zh: '客户端的 base URL 应为网关地址加 `/v1`；Messages 格式的客户端不加 `/v1`。`/docs` 列出所有路由。',
    },
  },
  method_not_allowed: {
    status: '405',
    retry: 'no',
    cause: {
      en: 'The route exists, but not with this HTTP method. `Allow` lists those that it takes.',
      zh: '路由存在，但不支持该 HTTP 方法。响应头 `Allow` 列出支持的方法。',
    },
    action: {
      en: 'Use one of them. A `GET` where a `POST` was sent points to a redirect on the way, often from `http` to `https`.',
      zh: '改用其中的方法。若发出的 `POST` 变成了 `GET`，说明途中有重定向，多半是 `http` 跳转到 `https`。',
    },
  },
  origin_not_allowed: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The gateway requires no key (`auth.enabled: false`), so web pages of other origins may not call it.',
      zh: '网关不校验密钥（`auth.enabled: false`），因此拒绝来自其他来源的网页。',
    },
    action: {
      en: 'List the origin of the page under `server.cors_origins`, or turn keys on.',
      zh: '在 `server.cors_origins` 中列出该网页的来源，或启用密钥校验。',
    },
  },
  host_not_allowed: {
    status: '403',
    retry: 'no',
    cause: {
      en: 'The gateway requires no key, and the `Host` of the request is a name that it does not know: a guard against DNS rebinding.',
      zh: '网关不校验密钥，而请求的 `Host` 是未知的名称。这用于防范 DNS 重绑定。',
    },
    action: {
      en: 'List the name under `server.allowed_hosts`, or turn keys on.',
      zh: '在 `server.allowed_hosts` 中列出该名称，或启用密钥校验。',
    },
  },
  request_timeout: {
    status: '408',
    retry: 'yes',
    cause: {
      en: 'Headers or body of the request arrived too slowly, or stopped arriving (`server.body_idle_seconds`).',
      zh: '请求头或请求体到达过慢，或中途停止（`server.body_idle_seconds`）。',
    },
    action: {
      en: 'Look at the network between client and gateway, and for a `content-length` that is larger than the body.',
      zh: '检查客户端与网关之间的网络，以及 `content-length` 是否大于实际内容。',
    },
  },
  request_too_large: {
    status: '413',
    retry: 'no',
    cause: {
      en: 'The body is larger than `server.body_limit`, a form larger than `server.upload_limit`, the JSON has more values than `server.json_values_limit`, or too much precedes the field `model` of a form.',
      zh: '请求体超过 `server.body_limit`，表单超过 `server.upload_limit`，JSON 值的个数超过 `server.json_values_limit`，或表单中 `model` 字段之前的内容过多。',
    },
    action: {
      en: 'Send less, put `model` first in a form, or let the operator raise the setting that the message names.',
      zh: '减小请求；表单中把 `model` 放在最前；或由运维人员调高错误信息所指的设置。',
    },
  },
  unsupported_media_type: {
    status: '415',
    retry: 'no',
    cause: {
      en: 'The body is not announced as the type that the route reads (JSON, or a form for uploads), or it is compressed.',
      zh: '请求体的类型不是该路由所接受的（JSON，或上传用的表单），或经过压缩。',
    },
    action: {
      en: 'Send `content-type: application/json`, or `multipart/form-data` for uploads, without `content-encoding`.',
      zh: '发送 `content-type: application/json`（上传用 `multipart/form-data`），不要使用 `content-encoding`。',
    },
  },
  rate_limit_exceeded: {
    status: '429',
    retry: 'after',
    cause: {
      en: 'The key or its team reached its requests or tokens per minute or its concurrent calls, or the gateway holds too many request bodies (`server.bodies_limit`). The message says which. With `x-should-retry: false` the call alone asks for more than a minute allows.',
      zh: '密钥或其团队达到每分钟请求数、token 数或并发上限，或网关同时持有的请求体过多（`server.bodies_limit`），错误信息会指明。若带有 `x-should-retry: false`，说明单次调用就超过了每分钟的限额。',
    },
    action: {
      en: 'Wait as long as `Retry-After` says; `x-ratelimit-*` show what is left. The operator can raise `limits` of the key or team.',
      zh: '按 `Retry-After` 等待；`x-ratelimit-*` 显示剩余额度。运维人员可以调高密钥或团队的 `limits`。',
    },
  },
  budget_exceeded: {
    status: '429',
    retry: 'no',
    cause: {
      en: 'What the key or its team may spend in the period is used up, or reserved by calls that are running. The message names the budget and the end of its period.',
      zh: '密钥或其团队在本周期内的预算已用尽，或已被进行中的调用预留。错误信息说明预算数额和周期的结束时间。',
    },
    action: {
      en: '`GET /v1/limits` shows budgets and what is left. Wait for the next period, or let the operator raise `limits.budget`.',
      zh: '`GET /v1/limits` 显示预算与余额。等待下一周期，或由运维人员提高 `limits.budget`。',
    },
  },
  client_closed_request: {
    status: 'log',
    retry: 'yes',
    cause: {
      en: 'The client closed the connection before the response was complete; the log shows status 499.',
      zh: '客户端在响应完成之前断开连接，日志中的状态码为 499。',
    },
    action: {
      en: 'If users did not cancel, look for a timeout of the client, or of a proxy before the gateway, that is shorter than the call.',
      zh: '若非用户主动取消，请检查客户端或网关前的代理，其超时可能短于调用所需的时间。',
    },
  },
  client_read_timeout: {
    status: 'log',
    retry: 'yes',
    cause: {
      en: 'The client read nothing of its response for too long and was disconnected; the log shows status 499.',
      zh: '客户端长时间没有读取响应，连接被断开，日志中的状态码为 499。',
    },
    action: {
      en: 'Read streams to their end, or close them. `timeouts.idle_seconds` of the model is the limit within a call.',
      zh: '流应读到结束或主动关闭。调用中的上限是该模型的 `timeouts.idle_seconds`。',
    },
  },
} as const satisfies Readonly<Record<string, GuideEntry>>;
