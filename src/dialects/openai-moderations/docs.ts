import { passedDocs } from '../passed/passed-docs.js';

export const MODERATIONS_DOCS = passedDocs({
  operationId: 'createModeration',
  summary: 'Judge a text or an image · 内容审核',
  description: 'Without `model` it is `omni-moderation-latest`, as for the service itself.',
  required: ['input'],
  fields: { input: {} },
  example: { model: 'gpt-4', input: '你好' },
  response: {
    id: 'modr-123',
    model: 'gpt-4',
    results: [{ flagged: false, categories: {}, category_scores: {}, category_applied_input_types: {} }],
  },
});
