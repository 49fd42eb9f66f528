import { TEXT, WHOLE, passedDocs } from '../passed/passed-docs.js';

function rerank(operationId: string, summary: string): MethodDecorator {
  return passedDocs({
    operationId,
    summary,
    fields: { query: TEXT, documents: { type: 'array', items: {} }, top_n: WHOLE },
    example: { model: 'gpt-4', query: '退货', documents: ['退货须知', '营业时间'], top_n: 1 },
    response: { model: 'gpt-4', results: [{ index: 0, relevance_score: 0.98 }], usage: { total_tokens: 9 } },
  });
}

export const JINA_DOCS = rerank('rerank', 'Rank documents, as Jina has it · 重排');

export const COHERE_DOCS = rerank('rerankAsCohere', 'Rank documents, as Cohere has it · 重排');
