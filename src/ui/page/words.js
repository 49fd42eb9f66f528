const EN = {
  skip: 'Skip to models',
  sections: 'Sections',
  models: 'Models',
  traffic: 'Traffic, last hour',
  trafficShort: 'Traffic',
  changes: 'Changes',
  playground: 'Playground',
  model: 'Model',
  forget: 'Forget key',
  gateTitle: 'Model status',
  keyLabel: 'Your API key',
  open: 'Open dashboard',
  gateHint: "One of auth.api_keys in the gateway's configuration. Ask its operator for one.",
  gateNote: 'The key stays in this tab: a reload keeps it; “Forget key” and closing the tab remove it.',
  demoKey: 'This gateway accepts the public demo key',
  useDemo: 'Use it',
  apiDocs: 'API reference',
  keyWrong: 'The gateway does not accept this key. Check it and try again.',
  keyRevoked: 'The gateway no longer accepts this key. Enter a valid one.',
  light: 'Light',
  dark: 'Dark',
  toOtherLanguage: '中文',
  fresh: (ago) => (ago < 5 ? 'Live' : `As of ${ago} s ago`),
  stale: 'No connection',
  unreachable: (time) => `The gateway is unreachable. Showing data from ${time}; retrying every few seconds.`,
  unreachableNow: 'The gateway is unreachable. Retrying every few seconds.',
  answered: (status) => `The gateway returned HTTP ${status}. Retrying every few seconds.`,
  draining: 'This gateway is shutting down: running calls will finish, new ones are rejected.',
  allWell: (n) => (n === 1 ? 'The model works.' : `All ${n} models work.`),
  noneSeen: 'No model has been called yet.',
  someSeen: 'All models called so far work.',
  noModels: 'This key has no models.',
  broken: (n, total) =>
    n === total
      ? n === 1
        ? 'The model is broken.'
        : `All ${n} models are broken.`
      : `${n} of ${total} models ${n === 1 ? 'is' : 'are'} broken.`,
  onlySlow: (n, total) => `${n} of ${total} models ${n === 1 ? 'is' : 'are'} slow.`,
  someDegraded: (n, total) =>
    `All models work; ${n === 1 ? 'one' : n} of ${total} ${n === 1 ? 'has' : 'have'} a failing deployment.`,
  degraded: (n, of) => `Working, ${n} of ${of} deployments failing`,
  tally: {
    failing: 'failing',
    credentials_refused: 'credentials refused',
    degraded: 'partly failing',
    slow: 'slow',
    ok: 'working',
    never_seen: 'not called yet',
  },
  state: {
    failing: 'Failing',
    credentials_refused: 'Credentials refused',
    slow: 'Slow',
    ok: 'Working',
    never_seen: 'Not called yet',
  },
  groups: { bad: 'Needs attention', good: 'Working', unseen: 'Not called yet' },
  since: (span) => `for ${span}`,
  success5: 'Success, 5 min',
  success60: '60 min',
  duration: 'Duration p50 / p95',
  firstToken: 'First token p50',
  noCalls: 'no calls',
  calls: (n) => (n === 1 ? '1 call' : `${n} calls`),
  breaker: 'Circuit breaker',
  breakerState: { closed: 'closed', half_open: 'half-open', open: 'open' },
  keysPaused: (n) => (n === 0 ? '' : n === 1 ? ', 1 key paused' : `, ${n} keys paused`),
  token: 'Login token',
  tokenValid: (time) => `valid until ${time}`,
  tokenNone: 'none yet',
  tokenLost: 'none',
  renewals: (n) => (n === 0 ? '' : n === 1 ? ', renewed once' : `, renewed ${n} times`),
  loginRefused: (ago) => `, login refused ${ago} ago`,
  loginFailed: (ago) => `, login failed ${ago} ago`,
  loginAgain: (time) => `, paused until ${time}`,
  probe: 'Probe',
  probeOk: (kind, ago) => `${kind}, passed ${ago} ago`,
  probeBad: (kind, ago) => `${kind}, failed ${ago} ago`,
  deployment: (name) => `Deployment ${name}`,
  host: 'Service',
  shareOfCalls: (share) => `${share} of calls`,
  failedOf: (failed, calls) => `${failed} of ${calls} failed`,
  ago: (what, ago) => `${what}, ${ago} ago`,
  failures: 'Failed requests',
  failuresShort: 'Failures',
  allModels: 'all models',
  noFailures: 'No request has failed since the gateway started.',
  noKey: 'no valid key',
  callers: 'Who calls',
  noCallers: 'Nobody has called today.',
  ownOnly: "Only this key's calls are shown; a key with admin: true sees all.",
  callsToday: (n) => (n === 1 ? '1 call today' : `${n} calls today`),
  failedCalls: (n) => `${n} failed`,
  runningNow: (n) => (n === 0 ? '' : `${n} running`),
  runningCalls: 'Running calls',
  noRunning: 'No call is running.',
  phase: { receiving: 'sending the request', waiting: 'waiting for the service', responding: 'responding' },
  configuration: 'Configuration',
  configFile: 'File',
  configDigest: 'SHA-256',
  configLoaded: 'In force since',
  generation: (n) => `generation ${n}`,
  atNextStart: 'Changed, in force after a restart',
  configRefused: 'The file was refused when it was last read. The previous configuration stays in force.',
  refusedReloads: 'Refused reloads',
  noRefusedReloads: 'No reload was refused.',
  refusedAt: (time, ago) => `${time} (${ago} ago)`,
  colon: ': ',
  plots: 'Plots',
  chat: 'Chat',
  test: 'Test the model',
  actions: (model) => `Actions for ${model}`,
  rate: 'Calls per minute',
  errors: 'Errors per minute',
  latency: 'Duration',
  latencyNote: 'p50, p95 dotted',
  firstTokenPlot: 'First token',
  ago60: '60 min ago',
  now: 'now',
  atMinute: (n) => (n === 0 ? 'this minute' : `${n} min ago`),
  peak: (text) => `peak ${text}`,
  noChanges: 'Nothing has changed since the gateway started.',
  changedFromTo: (from, to) => `${from} → ${to}`,
  spending: 'Spending',
  limits: 'Limits',
  period: 'Period',
  grouping: 'By',
  measured: 'Measure',
  lastDays: (n) => `last ${n} days`,
  by: { model: 'by model', key: 'by key', team: 'by team' },
  measure: { cost: 'cost', tokens: 'tokens', requests: 'calls' },
  exportCsv: 'Export CSV',
  noUsage: 'Nothing was used in this period.',
  others: (n) => `${n} others`,
  none: { model: 'no known model', key: 'no key', team: 'no team' },
  unknownCost: 'cost unknown',
  notCounted: 'not counted',
  tokenCount: (text) => `${text} tokens`,
  tokensInOut: (input, output) => `${input} tokens in, ${output} out`,
  unpricedCalls: (n) => (n === 1 ? '1 call of unknown cost' : `${n} calls of unknown cost`),
  uncountedCalls: (n) => (n === 1 ? '1 call not counted' : `${n} calls not counted`),
  usageAway: 'Usage cannot be read at the moment. Retrying.',
  budgets: 'Budgets and limits',
  refusals: 'Refused calls',
  limitsAway: 'Redis is unavailable: each replica holds its share of the limits.',
  noLimits: 'No limits are set.',
  noRefusals: 'No call was refused in this period.',
  holder: { key: 'key', team: 'team' },
  budgetUsed: (used, limit, per) => `${used} of ${limit} ${per}`,
  per: {
    hour: 'this hour',
    day: 'today',
    week: 'this week',
    month: 'this month',
    year: 'this year',
    total: 'in total',
  },
  left: (text) => `${text} left`,
  reserved: (text) => `${text} reserved by running calls`,
  renewedAt: (time) => `renewed ${time}`,
  neverRenewed: 'not renewed',
  limitUsed: (name, used, limit) => `${name}: ${used} of ${limit}`,
  limitName: {
    requests: 'Calls in the last minute',
    tokens: 'Tokens in the last minute',
    concurrency: 'Running calls',
  },
  refusal: {
    budget_exceeded: 'budget used up',
    rate_limit_exceeded: 'too many requests, tokens or running calls',
    model_not_priced: 'has a budget, and the price of the model is not known',
    model_not_allowed: 'not one of the models of the key',
    queue_full: 'too many calls waiting for the model',
  },
  conversation: 'Conversation',
  message: 'Message',
  messageHint: 'Write a message. Ctrl+Enter sends it.',
  send: 'Send',
  stop: 'Stop',
  clear: 'New conversation',
  asStream: 'Stream',
  maxTokens: 'max_tokens',
  you: 'You',
  waiting: 'Waiting for the first token …',
  waitingWhole: 'Waiting for the response …',
  api: 'Wire format or operation',
  apis: {
    chatCompletions: 'Chat Completions',
    messagesApi: 'Messages',
    responsesApi: 'Responses',
    completions: 'Completions',
    embeddings: 'Embeddings',
    rerank: 'Rerank',
    moderations: 'Moderation',
    images: 'Images',
    speech: 'Speech',
    transcriptions: 'Transcription',
  },
  does: 'Serves',
  comma: ', ',
  work: {
    chat: 'chat',
    completions: 'completions',
    embeddings: 'embeddings',
    rerank: 'rerank',
    moderations: 'moderation',
    images: 'images',
    audio: 'audio',
  },
  tryIt: 'Try',
  embeddingsHint: 'One text per line. Ctrl+Enter sends them.',
  rerankHint: 'The query in the first line, then one document per line. Ctrl+Enter sends them.',
  recording: 'Recording',
  vectors: (n, numbers) => `${n === 1 ? '1 vector' : `${n} vectors`} of ${numbers} numbers`,
  likeness: 'Similarity to the first',
  text: 'Text',
  numbers: 'First numbers',
  relevance: 'Relevance',
  document: 'Document',
  flagged: 'The text is flagged.',
  notFlagged: 'The text is not flagged.',
  score: 'Score',
  category: 'Category',
  sound: (bytes, type) => `${bytes} bytes of ${type}`,
  testing: 'Testing …',
  emptyTalk: 'The response appears here as it arrives.',
  stopped: 'Stopped.',
  emptyAnswer: 'The response contains no text.',
  testOk: (seconds, said) => `The test passed in ${seconds}. Response: ${said}`,
  testBad: (seconds) => `The test failed after ${seconds}.`,
  status: 'Status',
  total: 'Total',
  tokens: 'Tokens in / out',
  speed: 'Tokens per second',
  route: 'Route',
  overhead: 'Gateway overhead',
  requestId: 'Request ID',
  rawRequest: 'Raw request',
  curl: 'As a curl command',
  copy: 'Copy',
  copied: 'Copied',
  code: 'Code',
  span: {
    s: (n) => `${n} s`,
    m: (n) => `${n} min`,
    h: (n) => `${n} h`,
    d: (n) => (n === 1 ? '1 day' : `${n} days`),
  },
  why: {
    upstream_unreachable: [
      'No connection: the service cannot be reached.',
      'Is it running? Check base_url, network and proxy.',
    ],
    connect_timeout: [
      'No connection: the service does not respond.',
      'Check base_url, network, firewall and proxy.',
    ],
    first_byte_timeout: [
      'The service accepts calls, but does not start to respond in time.',
      'It may be overloaded. Limit: timeouts.first_byte_seconds.',
    ],
    idle_timeout: ['The service stalls in the middle of responses.', 'Limit: timeouts.idle_seconds.'],
    total_timeout: ['Responses take too long.', 'It may be overloaded. Limit: timeouts.total_seconds.'],
    upstream_auth_failed: [
      "The service refuses the gateway's credential.",
      'Check the API key or token of this model.',
    ],
    upstream_login_failed: [
      'The login fails, so there is no token.',
      'The login service is unreachable or broken; the gateway retries automatically.',
    ],
    login_refused: [
      'The login is refused: the service does not accept the user name and password.',
      'Check username and password. Changing them in the configuration ends the pause at once.',
    ],
    upstream_not_found: [
      'The service does not know this model or address.',
      'Check base_url and model_name.',
    ],
    upstream_error: [
      'The service reports internal errors.',
      "See the service's log; its request IDs match those in the gateway's log.",
    ],
    upstream_invalid_response: [
      'The response of the service cannot be read.',
      'Check base_url. A proxy or a login page may be in between.',
    ],
    upstream_stream_interrupted: [
      'The service breaks off in the middle of responses.',
      'It may be restarting, or a proxy cuts off long responses.',
    ],
    upstream_rate_limited: [
      'The service limits the rate of calls.',
      'Send fewer calls, or request a higher limit.',
    ],
    upstream_quota_exhausted: [
      'The account at the service has no credit or quota left.',
      'Top it up, or raise its limit.',
    ],
    upstream_rejected: [
      'The service rejects the probe as a bad request.',
      'Check model_name and the message of the probe.',
    ],
    mapping_failed: [
      'The mapping of this model does not fit the service.',
      'Run "llm-gateway try" for this model to find the expression.',
    ],
    circuit_open: [
      'The circuit breaker is open after too many failures.',
      'The gateway retries automatically.',
    ],
    internal_error: ['The gateway itself failed.', 'See its log.'],
    slow: ['It works, but with much higher latency than usual.', ''],
    other: ['Calls to this model fail.', ''],
  },
};

const ZH = {
  skip: '跳到模型列表',
  sections: '页面导航',
  models: '模型',
  traffic: '最近一小时的流量',
  trafficShort: '流量',
  changes: '状态变化',
  playground: '试用',
  model: '模型',
  forget: '清除密钥',
  gateTitle: '模型状态',
  keyLabel: '您的 API 密钥',
  open: '查看看板',
  gateHint: '网关配置中 auth.api_keys 的任意一个密钥，请向网关的维护者索取。',
  gateNote: '密钥只保存在当前标签页中：刷新后仍有效，点击“清除密钥”或关闭标签页即删除。',
  demoKey: '该网关接受公开的演示密钥',
  useDemo: '使用',
  apiDocs: '接口文档',
  keyWrong: '网关不接受这个密钥，请检查后重试。',
  keyRevoked: '该密钥已失效，请重新输入有效的密钥。',
  light: '浅色',
  dark: '深色',
  toOtherLanguage: 'English',
  fresh: (ago) => (ago < 5 ? '实时' : `${ago} 秒前的数据`),
  stale: '连接中断',
  unreachable: (time) => `无法连接网关。当前显示的是 ${time} 的数据，每隔几秒自动重试。`,
  unreachableNow: '无法连接网关，每隔几秒自动重试。',
  answered: (status) => `网关返回 HTTP ${status}，每隔几秒自动重试。`,
  draining: '网关正在关闭：进行中的调用会完成，新调用会被拒绝。',
  allWell: (n) => (n === 1 ? '模型运行正常。' : `全部 ${n} 个模型运行正常。`),
  noneSeen: '尚未有模型被调用。',
  someSeen: '已调用过的模型均运行正常。',
  noModels: '该密钥没有可用的模型。',
  broken: (n, total) =>
    n === total
      ? n === 1
        ? '模型不可用。'
        : `全部 ${n} 个模型不可用。`
      : `${total} 个模型中有 ${n} 个不可用。`,
  onlySlow: (n, total) => `${total} 个模型中有 ${n} 个变慢。`,
  someDegraded: (n, total) => `全部模型可用；${total} 个模型中有 ${n} 个的部分部署实例故障。`,
  degraded: (n, of) => `可用，${of} 个部署实例中有 ${n} 个故障`,
  tally: {
    failing: '故障',
    credentials_refused: '凭证被拒',
    degraded: '部分故障',
    slow: '缓慢',
    ok: '正常',
    never_seen: '尚未调用',
  },
  state: {
    failing: '故障',
    credentials_refused: '凭证被拒',
    slow: '缓慢',
    ok: '正常',
    never_seen: '尚未调用',
  },
  groups: { bad: '需要处理', good: '运行正常', unseen: '尚未调用' },
  since: (span) => `已持续 ${span}`,
  success5: '5 分钟成功率',
  success60: '60 分钟',
  duration: '耗时 p50 / p95',
  firstToken: '首个 token p50',
  noCalls: '无调用',
  calls: (n) => `${n} 次调用`,
  breaker: '熔断器',
  breakerState: { closed: '未熔断', half_open: '半开', open: '已熔断' },
  keysPaused: (n) => (n === 0 ? '' : `，${n} 个密钥已暂停`),
  token: '登录令牌',
  tokenValid: (time) => `有效期至 ${time}`,
  tokenNone: '尚未获取',
  tokenLost: '无',
  renewals: (n) => (n === 0 ? '' : `，已续期 ${n} 次`),
  loginRefused: (ago) => `，${ago}前登录被拒绝`,
  loginFailed: (ago) => `，${ago}前登录失败`,
  loginAgain: (time) => `，${time} 前不再尝试`,
  probe: '探测',
  probeOk: (kind, ago) => `${kind}，${ago}前正常`,
  probeBad: (kind, ago) => `${kind}，${ago}前失败`,
  deployment: (name) => `部署实例 ${name}`,
  host: '上游地址',
  shareOfCalls: (share) => `占调用的 ${share}`,
  failedOf: (failed, calls) => `${calls} 次中失败 ${failed} 次`,
  ago: (what, ago) => `${ago}前 ${what}`,
  failures: '失败的请求',
  failuresShort: '失败请求',
  allModels: '全部模型',
  noFailures: '网关启动以来没有失败的请求。',
  noKey: '无有效密钥',
  callers: '调用方',
  noCallers: '今天还没有调用。',
  ownOnly: '仅显示该密钥自己的调用；设置 admin: true 的密钥可以看到全部。',
  callsToday: (n) => `今天 ${n} 次调用`,
  failedCalls: (n) => `失败 ${n} 次`,
  runningNow: (n) => (n === 0 ? '' : `${n} 个进行中`),
  runningCalls: '进行中的调用',
  noRunning: '没有进行中的调用。',
  phase: { receiving: '正在接收请求', waiting: '等待服务响应', responding: '正在返回' },
  configuration: '配置',
  configFile: '文件',
  configDigest: 'SHA-256',
  configLoaded: '生效时间',
  generation: (n) => `第 ${n} 版`,
  atNextStart: '已修改，重启后生效',
  configRefused: '最近一次读取配置文件时被拒绝，仍使用之前的配置。',
  refusedReloads: '被拒绝的重新加载',
  noRefusedReloads: '没有被拒绝的重新加载。',
  refusedAt: (time, ago) => `${time}（${ago}前）`,
  colon: '：',
  plots: '图表',
  chat: '对话',
  test: '测试模型',
  actions: (model) => `${model} 的操作`,
  rate: '每分钟调用数',
  errors: '每分钟错误数',
  latency: '耗时',
  latencyNote: 'p50，虚线为 p95',
  firstTokenPlot: '首个 token',
  ago60: '60 分钟前',
  now: '现在',
  atMinute: (n) => (n === 0 ? '当前分钟' : `${n} 分钟前`),
  peak: (text) => `峰值 ${text}`,
  noChanges: '网关启动以来没有变化。',
  changedFromTo: (from, to) => `${from} → ${to}`,
  spending: '费用与用量',
  limits: '限额',
  period: '时间范围',
  grouping: '分组',
  measured: '指标',
  lastDays: (n) => `最近 ${n} 天`,
  by: { model: '按模型', key: '按密钥', team: '按团队' },
  measure: { cost: '费用', tokens: 'token', requests: '调用次数' },
  exportCsv: '导出 CSV',
  noUsage: '这段时间内没有用量。',
  others: (n) => `其他 ${n} 项`,
  none: { model: '未知模型', key: '无密钥', team: '无团队' },
  unknownCost: '费用未知',
  notCounted: '未统计',
  tokenCount: (text) => `${text} token`,
  tokensInOut: (input, output) => `输入 ${input}，输出 ${output} token`,
  unpricedCalls: (n) => `${n} 次调用费用未知`,
  uncountedCalls: (n) => `${n} 次调用未统计`,
  usageAway: '暂时无法读取用量，正在重试。',
  budgets: '预算与限额',
  refusals: '被拒绝的调用',
  limitsAway: 'Redis 不可用：每个副本只使用限额中自己的一份。',
  noLimits: '没有设置限额。',
  noRefusals: '这段时间内没有调用被拒绝。',
  holder: { key: '密钥', team: '团队' },
  budgetUsed: (used, limit, per) => `${per}已用 ${used}，预算 ${limit}`,
  per: { hour: '本小时', day: '今天', week: '本周', month: '本月', year: '今年', total: '累计' },
  left: (text) => `剩余 ${text}`,
  reserved: (text) => `进行中的调用预留 ${text}`,
  renewedAt: (time) => `${time} 重置`,
  neverRenewed: '不重置',
  limitUsed: (name, used, limit) => `${name}：${used} / ${limit}`,
  limitName: { requests: '最近一分钟的调用', tokens: '最近一分钟的 token', concurrency: '进行中的调用' },
  refusal: {
    budget_exceeded: '预算已用完',
    rate_limit_exceeded: '请求、token 或并发超出限额',
    model_not_priced: '设有预算，但模型价格未知',
    model_not_allowed: '密钥无权使用该模型',
    queue_full: '等待该模型的调用过多',
  },
  conversation: '对话',
  message: '消息',
  messageHint: '输入消息，按 Ctrl+Enter 发送。',
  send: '发送',
  stop: '停止',
  clear: '新对话',
  asStream: '流式返回',
  maxTokens: 'max_tokens',
  you: '您',
  waiting: '等待首个 token …',
  waitingWhole: '等待响应 …',
  api: '接口格式或操作',
  apis: {
    chatCompletions: 'Chat Completions',
    messagesApi: 'Messages',
    responsesApi: 'Responses',
    completions: '文本补全',
    embeddings: '向量',
    rerank: '重排',
    moderations: '内容审核',
    images: '生成图像',
    speech: '语音合成',
    transcriptions: '语音识别',
  },
  does: '支持',
  comma: '、',
  work: {
    chat: '对话',
    completions: '文本补全',
    embeddings: '向量',
    rerank: '重排',
    moderations: '内容审核',
    images: '图像',
    audio: '语音',
  },
  tryIt: '试用',
  embeddingsHint: '每行一段文本，按 Ctrl+Enter 发送。',
  rerankHint: '第一行写查询，其后每行一个文档，按 Ctrl+Enter 发送。',
  recording: '录音文件',
  vectors: (n, numbers) => `${n} 个向量，每个 ${numbers} 维`,
  likeness: '与第一个的相似度',
  text: '文本',
  numbers: '前几个数',
  relevance: '相关度',
  document: '文档',
  flagged: '该文本被判为违规。',
  notFlagged: '该文本未见违规。',
  score: '得分',
  category: '类别',
  sound: (bytes, type) => `${bytes} 字节，${type}`,
  testing: '测试中 …',
  emptyTalk: '模型的回复会在这里逐字显示。',
  stopped: '已停止。',
  emptyAnswer: '模型没有返回文本。',
  testOk: (seconds, said) => `测试成功，耗时 ${seconds}。模型回复：${said}`,
  testBad: (seconds) => `测试失败，耗时 ${seconds}。`,
  status: '状态码',
  total: '总耗时',
  tokens: 'Token 输入 / 输出',
  speed: '每秒 token 数',
  route: '路由',
  overhead: '网关自身耗时',
  requestId: '请求 ID',
  rawRequest: '原始请求',
  curl: '等效的 curl 命令',
  copy: '复制',
  copied: '已复制',
  code: '错误码',
  span: { s: (n) => `${n} 秒`, m: (n) => `${n} 分钟`, h: (n) => `${n} 小时`, d: (n) => `${n} 天` },
  why: {
    upstream_unreachable: ['无法连接该服务。', '服务是否在运行？请检查 base_url、网络与代理。'],
    connect_timeout: ['连接超时：服务没有响应。', '请检查 base_url、网络、防火墙与代理。'],
    first_byte_timeout: [
      '服务接受了请求，但未能及时开始返回。',
      '可能负载过高。时限见 timeouts.first_byte_seconds。',
    ],
    idle_timeout: ['服务在返回过程中长时间没有数据。', '时限见 timeouts.idle_seconds。'],
    total_timeout: ['返回耗时过长。', '可能负载过高。时限见 timeouts.total_seconds。'],
    upstream_auth_failed: ['服务拒绝了网关的凭证。', '请检查该模型的 API 密钥或令牌。'],
    upstream_login_failed: ['登录失败，无法获取令牌。', '登录服务不可达或出错，网关会自动重试。'],
    login_refused: [
      '登录被拒绝：服务不接受该用户名和密码。',
      '请检查 username 与 password；修改配置后会立即重新登录。',
    ],
    upstream_not_found: ['服务不认识该模型或地址。', '请检查 base_url 与 model_name。'],
    upstream_error: ['服务内部出错。', '请查看该服务的日志，可用请求 ID 对照网关日志。'],
    upstream_invalid_response: ['服务返回的内容无法识别。', 'base_url 是否正确？中间可能有代理或登录页。'],
    upstream_stream_interrupted: ['服务返回到一半就中断。', '服务可能在重启，或有代理截断了长响应。'],
    upstream_rate_limited: ['服务限流：调用过于频繁。', '请降低频率，或申请更高的额度。'],
    upstream_quota_exhausted: ['服务账号余额或配额已用尽。', '请充值，或提高其限额。'],
    upstream_rejected: ['服务拒绝了探测请求。', '请检查 model_name 与探测内容。'],
    mapping_failed: [
      '该模型的格式映射与服务不匹配。',
      '请对该模型运行 “llm-gateway try”，它会指出出错的表达式。',
    ],
    circuit_open: ['失败过多，熔断器已打开。', '网关会自动试探恢复。'],
    internal_error: ['网关自身出错。', '请查看网关日志。'],
    slow: ['调用能成功，但延迟明显高于平时。', ''],
    other: ['对该模型的调用失败。', ''],
  },
};

const LANGUAGES = { en: EN, zh: ZH };
let language = (navigator.language ?? 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';

export const currentLanguage = () => language;

export function setLanguage(next) {
  language = next;
}

/** A text in the current language, with arguments for those that take them. */
export function t(name, ...args) {
  const word = LANGUAGES[language][name];
  return typeof word === 'function' ? word(...args) : word;
}

/** The cause of a model's state and a remedy, in plain words. */
export function why(state, code) {
  const { why: reasons } = LANGUAGES[language];
  if (state === 'slow') return reasons.slow;
  if (state === 'credentials_refused' && code === 'upstream_login_failed') return reasons.login_refused;
  return reasons[code] ?? reasons.other;
}

/** A time span in its largest unit. */
export function span(ms) {
  const { s, m, h, d } = LANGUAGES[language].span;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return s(seconds);
  if (seconds < 5400) return m(Math.round(seconds / 60));
  if (seconds < 129_600) return h(Math.round(seconds / 3600));
  return d(Math.round(seconds / 86_400));
}

/** A readable duration; a dash for none. */
export function seconds(value) {
  if (value === null || value === undefined) return '–';
  if (value < 0.1) return `${Math.round(value * 1000)} ms`;
  if (value < 10) return `${value.toFixed(2)} s`;
  return value < 100 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

export function percent(share) {
  if (share === null || share === undefined) return '–';
  const value = share * 100;
  return `${value === 100 || value === 0 ? value : value.toFixed(1)} %`;
}

/** A number of tokens or calls: exact while it is short. */
export function count(value) {
  const isShort = value < 100_000;
  const style = isShort ? {} : { notation: 'compact', maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-US', style).format(value);
}

/** US dollars: two decimals, and more where the amount is small. */
export function usd(value) {
  const digits = value >= 1 || value === 0 ? 2 : Math.min(9, 2 - Math.floor(Math.log10(value)));
  const style = { minimumFractionDigits: 2, maximumFractionDigits: digits };
  return `$${new Intl.NumberFormat('en-US', style).format(value)}`;
}

/** Hours and minutes, with the date if it is not today. */
export function clock(time, withSeconds = false) {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    ...(!isToday && { month: 'short', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds && { second: '2-digit' }),
  }).format(date);
}

/** Date, hours and minutes as clocks in a time zone show them, and the zone. */
export function zonedClock(time, timeZone) {
  const text = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone,
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(time));
  return `${text} (${timeZone})`;
}

/** Fills in the static texts of the page. */
export function translatePage() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]'))
    node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of document.querySelectorAll('[data-t-placeholder]'))
    node.placeholder = t(node.dataset.tPlaceholder);
}
