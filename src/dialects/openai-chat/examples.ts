const USER_SAYS_HELLO = [{ role: 'user', content: '你好，请用一句话介绍你自己。' }];
/** A red square. */
const TINY_PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mO4YGCAFTEMLQkA2ntMAZZ5tYQAAAAASUVORK5CYII=';

/** Example requests; each works unchanged with the default configuration. */
export const REQUEST_EXAMPLES = {
  simple: {
    summary: 'One question · 简单对话',
    value: { model: 'gpt-3.5-turbo', messages: USER_SAYS_HELLO },
  },
  stream: {
    summary: 'A stream · 流式返回',
    value: {
      model: 'gpt-3.5-turbo',
      messages: USER_SAYS_HELLO,
      stream: true,
      stream_options: { include_usage: true },
    },
  },
  conversation: {
    summary: 'A conversation with limits · 多轮对话与参数',
    value: {
      model: 'gpt-4',
      messages: [
        { role: 'system', content: 'You answer in one sentence.' },
        { role: 'user', content: 'What is an API gateway?' },
        { role: 'assistant', content: 'One door in front of many services.' },
        { role: 'user', content: 'And an LLM gateway?' },
      ],
      max_tokens: 200,
      temperature: 0.7,
    },
  },
  login: {
    summary: 'A model behind a login · 需要登录的自有模型',
    value: { model: 'custom-model', messages: USER_SAYS_HELLO },
  },
  tools: {
    summary: 'Tools · 工具调用',
    value: {
      model: 'gpt-4',
      messages: [{ role: 'user', content: 'What is the weather in Hangzhou?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'The weather of a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          },
        },
      ],
      tool_choice: 'auto',
    },
  },
  image: {
    summary: 'An image · 图片输入',
    value: {
      model: 'gpt-4',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What do you see?' },
            { type: 'image_url', image_url: { url: TINY_PNG } },
          ],
        },
      ],
    },
  },
  json: {
    summary: 'JSON by a schema · 按 JSON Schema 返回',
    value: {
      model: 'gpt-4',
      messages: [{ role: 'user', content: 'Name a city and its population.' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'city',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, population: { type: 'integer' } },
            required: ['name', 'population'],
            additionalProperties: false,
          },
        },
      },
    },
  },
};

export const COMPLETION_EXAMPLE = {
  id: 'chatcmpl-123',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-3.5-turbo',
  choices: [
    { index: 0, message: { role: 'assistant', content: '你好！有什么可以帮您？' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 },
};

const chunk = (delta: object, finishReason: string | null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-123',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: 'gpt-3.5-turbo',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  })}\n\n`;

export const STREAM_EXAMPLE = `${chunk({ role: 'assistant', content: '你好' }, null)}${chunk({ content: '！' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`;
