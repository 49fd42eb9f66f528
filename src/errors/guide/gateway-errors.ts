import { type GuideEntry } from './guide-entry.js';

/** Codes for requests that the gateway itself cannot serve. */
export const GATEWAY_ERRORS = {
  queue_full: {
    status: '429',
    retry: 'after',
    cause: {
      en: 'All slots of the model (`limits.max_concurrent`) are taken, and its queue is full or the wait was too long; or no evaluator is free for an expression that may take long.',
      zh: '模型的并发名额（`limits.max_concurrent`）已满，排队已满或等待过久；或没有空闲的求值线程来处理可能耗时的表达式。',
    },
    action: {
      en: 'Retry after `Retry-After`. If it lasts, the operator raises the `limits` of the model or adds a deployment.',
      zh: '按 `Retry-After` 稍后重试。若持续出现，运维人员应调高该模型的 `limits`，或增加部署实例。',
    },
  },
  shutting_down: {
    status: '503',
    retry: 'after',
    cause: {
      en: 'This replica of the gateway is stopping. Inside a stream it means that the call was cut at the end of the grace period.',
      zh: '网关的这个副本正在退出。若出现在流中，说明宽限期已到，调用被中断。',
    },
    action: {
      en: 'Retry: another replica, or the restarted one, takes the call. Raise `server.shutdown_grace_seconds` if long streams are cut.',
      zh: '重试即可，请求会由其他副本或重启后的网关处理。若长时间的流被中断，请调高 `server.shutdown_grace_seconds`。',
    },
  },
  usage_unavailable: {
    status: '503',
    retry: 'after',
    cause: {
      en: 'The store of usage figures (`usage.store`) does not respond. Calls of models go on.',
      zh: '用量数据库（`usage.store`）没有响应。模型调用不受影响。',
    },
    action: {
      en: 'The operator looks at the database; `llm-gateway doctor` tries it.',
      zh: '运维人员检查该数据库；`llm-gateway doctor` 可以测试它。',
    },
  },
  internal_error: {
    status: '500',
    retry: 'no',
    cause: {
      en: 'A fault in the gateway. The message is generic; the log line of the request has `error_name` and `stack`.',
      zh: '网关自身的故障。错误信息是通用的，该请求的日志中有 `error_name` 和 `stack`。',
    },
    action: {
      en: 'Find the line by the `x-request-id` of the response, and report it.',
      zh: '用响应头 `x-request-id` 找到该行日志，并报告问题。',
    },
  },
  circuit_open: {
    status: '500, 503',
    retry: 'after',
    cause: {
      en: 'The model failed so often that the gateway does not call it for a while, or takes no requests of one key whose requests keep failing. The message gives the causes and the seconds left.',
      zh: '模型失败过多，网关暂时不再调用它；或某个密钥的请求接连失败，暂不接受该密钥的请求。错误信息给出原因和剩余秒数。',
    },
    action: {
      en: 'Look up the causes in brackets: they are the real failures. `llm-gateway test MODEL` calls the service in spite of the pause.',
      zh: '括号中的原因才是真正的失败，请查阅相应的错误码。`llm-gateway test MODEL` 不受暂停限制，可直接测试。',
    },
  },
  mapping_failed: {
    status: '500',
    retry: 'no',
    cause: {
      en: 'An expression of the model configuration cannot build the request, which was not sent. The message names the expression.',
      zh: '模型配置中的表达式无法生成请求，请求未发出。错误信息指明是哪个表达式。',
    },
    action: {
      en: '`llm-gateway try MODEL --dry-run` shows the expression, its input and the result. Often it expects a field that this request does not have.',
      zh: '`llm-gateway try MODEL --dry-run` 显示表达式的输入和结果。常见原因是表达式依赖请求中没有的字段。',
    },
  },
} as const satisfies Readonly<Record<string, GuideEntry>>;
