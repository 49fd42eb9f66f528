import { InvalidRequestError } from '../errors/caller-errors.js';
import { OPENAI_ERRORS } from '../protocol/error-format.js';
import { type CallDocs, ApiCall } from './call-docs.js';

const TEXT = { type: 'string' };
const WHOLE = { type: 'integer' };
const FLAG = { type: 'boolean' };
const FILE = { type: 'string', format: 'binary' };
const LIST = { type: 'array', items: {} };
const PASSES = `Every field but \`model\` reaches the model's service as it came, and so does the response. A model that \
does not serve it answers 404 \`operation_not_supported\`, which lists what it can do.

除 \`model\` 外，所有字段与响应均原样转发。模型不支持时返回 404 \`operation_not_supported\`。`;
const STREAMS = `The form is not held: it goes up while it comes, up to \`server.upload_limit\`. Put \`model\` before the \
files: what precedes it is held, up to \`server.body_limit\`. Once bytes went up the call is not repeated.

表单边收边转发；请将 \`model\` 放在文件之前。`;

type Shown = Pick<CallDocs, 'operationId' | 'summary' | 'response'> &
  Partial<CallDocs> & {
    /** Fields beside the model, and one request, which works with the configuration that comes with the gateway. */
    readonly fields: Readonly<Record<string, object>>;
    readonly example: object;
  };

function show({ fields, example, description, ...docs }: Shown): MethodDecorator {
  return ApiCall({
    required: ['model'],
    properties:
      docs.isForm === true ? withExamples({ model: TEXT, ...fields }, example) : { model: TEXT, ...fields },
    examples: { simple: { summary: 'A request · 示例', value: example } },
    errors: OPENAI_ERRORS,
    failures: [
      {
        summary: 'A field is missing',
        error: new InvalidRequestError(
          'missing_required_parameter',
          "Missing required parameter: 'model'.",
          'model',
        ),
      },
    ],
    ...docs,
    description: description === undefined ? PASSES : `${description}\n\n${PASSES}`,
  });
}

/** The fields of a form are filled in one by one; files are chosen. */
function withExamples(
  fields: Readonly<Record<string, object>>,
  example: object,
): Readonly<Record<string, object>> {
  const values = new Map(Object.entries(example));
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [
      name,
      values.has(name) && schema !== FILE ? { ...schema, example: values.get(name) as unknown } : schema,
    ]),
  );
}

const event = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const COMPLETION = {
  id: 'cmpl-123',
  object: 'text_completion',
  created: 1_735_689_600,
  model: 'gpt-4',
  choices: [{ index: 0, text: ' a + b', finish_reason: 'stop', logprobs: null }],
};
const IMAGE = { created: 1_735_689_600, data: [{ b64_json: 'iVBORw0KGgo=' }] };
const TRANSCRIPT = { text: '你好', usage: { type: 'duration', seconds: 2 } };

export const ApiCompletions = (): MethodDecorator =>
  show({
    operationId: 'createCompletion',
    summary: 'Complete a text · 文本补全',
    description:
      'The text reaches the model as it is, with the marks of a text to fill in: it is never made a chat.',
    fields: { prompt: {}, suffix: TEXT, max_tokens: WHOLE, stream: FLAG },
    example: { model: 'gpt-4', prompt: 'def add(a, b): return', max_tokens: 16 },
    response: { ...COMPLETION, usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } },
    stream: `data: ${JSON.stringify(COMPLETION)}\n\ndata: [DONE]\n\n`,
  });

export const ApiEmbeddings = (): MethodDecorator =>
  show({
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

function rerank(operationId: string, summary: string): MethodDecorator {
  return show({
    operationId,
    summary,
    fields: { query: TEXT, documents: LIST, top_n: WHOLE },
    example: { model: 'gpt-4', query: '退货', documents: ['退货须知', '营业时间'], top_n: 1 },
    response: { model: 'gpt-4', results: [{ index: 0, relevance_score: 0.98 }], usage: { total_tokens: 9 } },
  });
}

export const ApiRerank = (): MethodDecorator => rerank('rerank', 'Rank documents, as Jina has it · 重排');
export const ApiCohereRerank = (): MethodDecorator =>
  rerank('rerankAsCohere', 'Rank documents, as Cohere has it · 重排');

export const ApiModerations = (): MethodDecorator =>
  show({
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

export const ApiImages = (): MethodDecorator =>
  show({
    operationId: 'createImage',
    summary: 'Make images · 生成图像',
    fields: { prompt: TEXT, n: WHOLE, size: TEXT, stream: FLAG, partial_images: WHOLE },
    example: { model: 'gpt-4', prompt: '一只猫' },
    response: IMAGE,
    stream: event({ type: 'image_generation.completed', ...IMAGE.data[0] }),
  });

export const ApiImageEdits = (): MethodDecorator =>
  show({
    operationId: 'editImage',
    summary: 'Edit images · 编辑图像',
    description: STREAMS,
    isForm: true,
    fields: { image: FILE, mask: FILE, prompt: TEXT, stream: FLAG },
    example: { model: 'gpt-4', prompt: '加一顶帽子', image: 'cat.png' },
    response: IMAGE,
    stream: event({ type: 'image_edit.completed', ...IMAGE.data[0] }),
  });

export const ApiSpeech = (): MethodDecorator =>
  show({
    operationId: 'createSpeech',
    summary: 'Speak a text · 语音合成',
    description: 'The audio comes while it is made, in the format and under the type that the service sends.',
    fields: { input: TEXT, voice: {}, response_format: TEXT, speed: { type: 'number' }, stream_format: TEXT },
    example: { model: 'gpt-4', input: '你好', voice: 'alloy' },
    response: '(audio)',
    responseType: 'audio/mpeg',
    stream: event({ type: 'speech.audio.delta', audio: '//NExAA=' }) + event({ type: 'speech.audio.done' }),
  });

function transcribed(operationId: string, summary: string): MethodDecorator {
  return show({
    operationId,
    summary,
    description: STREAMS,
    isForm: true,
    fields: { file: FILE, language: TEXT, prompt: TEXT, response_format: TEXT, stream: FLAG },
    example: { model: 'gpt-4', file: 'speech.wav', language: 'zh', prompt: 'LLM', response_format: 'json' },
    response: TRANSCRIPT,
    stream: event({ type: 'transcript.text.done', ...TRANSCRIPT }),
  });
}

export const ApiTranscriptions = (): MethodDecorator =>
  transcribed('createTranscription', 'Write down a recording · 语音识别');
export const ApiTranslations = (): MethodDecorator =>
  transcribed('createTranslation', 'Write down a recording in English · 语音翻译');
