import { FLAG, TEXT, WHOLE, passedDocs } from '../passed/passed-docs.js';

const COMPLETION = {
  id: 'cmpl-123',
  object: 'text_completion',
  created: 1_735_689_600,
  model: 'gpt-4',
  choices: [{ index: 0, text: ' a + b', finish_reason: 'stop', logprobs: null }],
};

export const COMPLETIONS_DOCS = passedDocs({
  operationId: 'createCompletion',
  summary: 'Complete a text · 文本补全',
  description:
    'The text reaches the model as it is, with the marks of a text to fill in: it is never made a chat.',
  fields: { prompt: {}, suffix: TEXT, max_tokens: WHOLE, stream: FLAG },
  example: { model: 'gpt-4', prompt: 'def add(a, b): return', max_tokens: 16 },
  response: { ...COMPLETION, usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } },
  stream: `data: ${JSON.stringify(COMPLETION)}\n\ndata: [DONE]\n\n`,
});
