import { type CallDocs, ApiCall } from '../../docs/call-docs.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';

export const TEXT = { type: 'string' };
export const FILE = { type: 'string', format: 'binary' };
/** The type of whole numbers in an OpenAPI schema. */
export const WHOLE = { type: 'integer' };
export const FLAG = { type: 'boolean' };
/** The description of routes that accept files. */
export const FORM_DESCRIPTION = `The form is not held: it goes up while it comes, up to \`server.upload_limit\`. Put \`model\` before the \
files: what precedes it is held, up to \`server.body_limit\`. Once bytes went up the call is not repeated.

表单边收边转发；请将 \`model\` 放在文件之前。`;
const PASSES = `Every field but \`model\` reaches the model's service as it came, and so does the response. A model that \
does not serve it answers 404 \`operation_not_supported\`, which lists what it can do.

除 \`model\` 外，所有字段与响应均原样转发。模型不支持时返回 404 \`operation_not_supported\`。`;

type Shown = Pick<CallDocs, 'operationId' | 'summary' | 'response'> &
  Partial<CallDocs> & {
    /**
     * Fields other than the model, and one example request, which works with the default
     * configuration.
     */
    readonly fields: Readonly<Record<string, object>>;
    readonly example: object;
  };

/** Swagger documentation of a route whose requests pass unchanged. */
export function passedDocs({ fields, example, description, ...docs }: Shown): MethodDecorator {
  return ApiCall({
    tag: 'operations',
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

/**
 * Gives each field of a form its own example, because a form is filled in field by field; a file
 * has no example.
 */
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

/** An example event of a stream. */
export const exampleEvent = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
