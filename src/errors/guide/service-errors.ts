import { type GuideEntry } from './guide-entry.js';

/** Codes for failed calls to a model's service. */
export const SERVICE_ERRORS = {
  upstream_error: {
    status: '500, 502, 503',
    retry: 'yes',
    cause: {
      en: "The model's service failed: a status of 5xx, or one that says neither that the request nor that the credential is wrong. `x-upstream-status` is its status, and the message its own.",
      zh: '模型服务出错：返回 5xx，或既非请求有误也非凭证有误的状态码。`x-upstream-status` 是它的状态码，错误信息来自该服务。',
    },
    action: {
      en: 'Retry later. If it lasts, `llm-gateway try MODEL --deployment NAME` shows the call, and `failed_attempts` in the log which deployment fails.',
      zh: '稍后重试。若持续出现，用 `llm-gateway try MODEL --deployment NAME` 查看调用过程，日志的 `failed_attempts` 指明失败的部署实例。',
    },
  },
  upstream_auth_failed: {
    status: '500, 502',
    retry: 'no',
    cause: {
      en: "The model's service refused the credential of the gateway: `api_key`, `token`, or a login token, even after it was renewed. The client's own key is not the cause.",
      zh: '模型服务拒绝了网关的凭证：`api_key`、`token`，或重新登录后取得的令牌。与客户端自己的密钥无关。',
    },
    action: {
      en: 'The operator checks the credential of the model and its account at the service; `llm-gateway try MODEL` shows request and response.',
      zh: '运维人员检查该模型的凭证及其账号；`llm-gateway try MODEL` 显示请求与响应。',
    },
  },
  upstream_not_found: {
    status: '500, 502',
    retry: 'no',
    cause: {
      en: "The model's service does not know the address or the model (404).",
      zh: '模型服务没有该地址或该模型（404）。',
    },
    action: {
      en: 'The operator checks `base_url` (most services want `/v1` at its end, and nothing behind that) and `model_name`.',
      zh: '运维人员检查 `base_url`（多数服务以 `/v1` 结尾，其后不再有内容）和 `model_name`。',
    },
  },
  upstream_invalid_response: {
    status: '500, 502',
    retry: 'no',
    cause: {
      en: "The response of the model's service cannot be read: not JSON, another format than configured, larger than `limits`, or without the fields that an expression looks for. A login page or a proxy on the way is a common cause.",
      zh: '模型服务的响应无法解析：不是 JSON，与配置的格式不符，超过 `limits`，或缺少表达式所需的字段。常见原因是返回了登录页面，或途中有代理。',
    },
    action: {
      en: '`llm-gateway try MODEL` shows the response as it came. Compare it with `speaks`, or with the expressions of the model.',
      zh: '`llm-gateway try MODEL` 显示原始响应，请对照 `speaks` 或模型的表达式。',
    },
  },
  upstream_login_failed: {
    status: '500, 502',
    retry: 'no',
    cause: {
      en: "The login at the model's service failed: refused, not reachable, or its response holds no token. The message says at which step. Until the pause after it is over, all calls get this error without a login.",
      zh: '在模型服务的登录失败：被拒绝、无法连接，或响应中没有令牌。错误信息指明是哪一步。暂停期间所有调用都会立即得到该错误，不再登录。',
    },
    action: {
      en: 'The operator checks user name and password, then runs `llm-gateway try MODEL`. `llm-gateway test MODEL --force` tries the login in spite of the pause.',
      zh: '运维人员检查用户名和密码，再运行 `llm-gateway try MODEL`。`llm-gateway test MODEL --force` 可在暂停期间强制登录一次。',
    },
  },
  upstream_unreachable: {
    status: '500, 502',
    retry: 'yes',
    cause: {
      en: "No connection to the model's service: its name does not resolve, the port is closed, TLS fails, or the connection broke. The message has the system's code, such as `ECONNREFUSED` or `ENOTFOUND`.",
      zh: '无法连接模型服务：域名无法解析、端口未开放、TLS 失败或连接中断。错误信息含系统错误码，如 `ECONNREFUSED`、`ENOTFOUND`。',
    },
    action: {
      en: '`llm-gateway doctor` checks name, port, TLS and proxy from the machine of the gateway. See `proxy` and `tls` of the model.',
      zh: '`llm-gateway doctor` 从网关所在机器检查域名、端口、TLS 和代理。参见模型的 `proxy` 与 `tls`。',
    },
  },
  upstream_stream_interrupted: {
    status: '500, 502',
    retry: 'yes',
    cause: {
      en: 'The stream of the service broke off before its end. What arrived was delivered; the stream ends without `[DONE]`.',
      zh: '服务的流在结束之前中断。已到达的内容已经转发，流结束时没有 `[DONE]`。',
    },
    action: {
      en: 'Do not take what arrived for a whole response; repeat the call. If it always happens after the same time, look for a proxy with a timeout between gateway and service.',
      zh: '不要把已收到的内容当作完整的响应，请重新调用。若总在相同时间后发生，请检查网关与服务之间代理的超时。',
    },
  },
  connect_timeout: {
    status: '500, 504',
    retry: 'yes',
    cause: {
      en: 'The service did not accept the connection within `timeouts.connect_seconds` (5).',
      zh: '服务未在 `timeouts.connect_seconds`（默认 5 秒）内接受连接。',
    },
    action: {
      en: 'Usually a firewall or a wrong address; `llm-gateway doctor` connects from the machine of the gateway.',
      zh: '多半是防火墙或地址有误；`llm-gateway doctor` 可从网关所在机器测试连接。',
    },
  },
  first_byte_timeout: {
    status: '500, 504',
    retry: 'yes',
    cause: {
      en: 'A stream did not begin within `timeouts.first_byte_seconds` (120).',
      zh: '流未在 `timeouts.first_byte_seconds`（默认 120 秒）内开始。',
    },
    action: {
      en: 'The service is overloaded, or the model thinks for longer: raise the setting for this model.',
      zh: '服务过载，或模型需要更长的思考时间：为该模型调高此设置。',
    },
  },
  idle_timeout: {
    status: '500, 504',
    retry: 'yes',
    cause: {
      en: 'A stream paused for longer than `timeouts.idle_seconds` (60).',
      zh: '流的停顿超过 `timeouts.idle_seconds`（默认 60 秒）。',
    },
    action: {
      en: 'Do not take what arrived for a whole response. If the service needs such pauses, raise the setting for this model.',
      zh: '不要把已收到的内容当作完整的响应。若服务确有较长停顿，请为该模型调高此设置。',
    },
  },
  total_timeout: {
    status: '500, 504',
    retry: 'yes',
    cause: {
      en: 'An attempt of the call, up to the end of its response, took longer than `timeouts.total_seconds` (600).',
      zh: '一次尝试（直到响应结束）超过 `timeouts.total_seconds`（默认 600 秒）。',
    },
    action: {
      en: 'Limit the new tokens, use a stream, or raise the setting for this model.',
      zh: '限制生成长度，使用流式输出，或为该模型调高此设置。',
    },
  },
  upstream_rejected: {
    status: 'log',
    retry: 'no',
    cause: {
      en: 'The service found the request wrong (400, 413, 415, 422), such as a prompt that is too long. The client gets the status and the error object of the service, with its own code.',
      zh: '服务认为请求有误（400、413、415、422），例如提示过长。客户端得到该服务的状态码和错误对象，`code` 也来自该服务。',
    },
    action: {
      en: 'Read the message of the service; `upstream_code` in the log has its code.',
      zh: '查看服务的错误信息；日志中的 `upstream_code` 是它的错误码。',
    },
  },
  upstream_rate_limited: {
    status: 'log',
    retry: 'after',
    cause: {
      en: "The service limits the rate of the gateway's account (429). The client gets its status, its error object and its `Retry-After`.",
      zh: '服务对网关的账号限流（429）。客户端得到该服务的状态码、错误对象和 `Retry-After`。',
    },
    action: {
      en: 'Wait. If it lasts, add a deployment with another account, a fallback, or `limits` that keep below the rate.',
      zh: '稍后重试。若持续出现，可增加使用其他账号的部署实例、备用模型，或用 `limits` 控制速率。',
    },
  },
  upstream_quota_exhausted: {
    status: 'log',
    retry: 'no',
    cause: {
      en: 'The account of the gateway at the service has no credit or quota left. The client gets the error of the service, or `upstream_error`.',
      zh: '网关在该服务的账号余额或配额已用尽。客户端得到该服务的错误，或 `upstream_error`。',
    },
    action: {
      en: 'The operator pays the bill or changes the credential; a fallback takes over until then.',
      zh: '运维人员充值或更换凭证；在此之前可由备用模型接手。',
    },
  },
} as const satisfies Readonly<Record<string, GuideEntry>>;
