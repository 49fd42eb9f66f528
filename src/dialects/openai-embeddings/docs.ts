import { TEXT, WHOLE, passedDocs } from '../passed/passed-docs.js';

export const EMBEDDINGS_DOCS = passedDocs({
  operationId: 'createEmbeddings',
  summary: 'Create embeddings · 向量',
  description:
    'With `encoding_format: base64` the vectors are 32-bit floats in Base64, else lists of numbers, whichever of them the service sends. A failed call never goes to another model: its vectors could not be compared.',
  required: ['model', 'input'],
  fields: { input: {}, encoding_format: TEXT, dimensions: WHOLE, user: TEXT },
  example: { model: 'gpt-4', input: ['你好', 'hello'] },
  response: {
    object: 'list',
    model: 'gpt-4',
    data: [
      { object: 'embedding', index: 0, embedding: [0.01, -0.02] },
      { object: 'embedding', index: 1, embedding: [0.03, 0.01] },
    ],
    usage: { prompt_tokens: 4, total_tokens: 4 },
  },
});
