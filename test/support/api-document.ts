import { type OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';

export interface MediaType {
  readonly schema: SchemaRef;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface SchemaRef {
  readonly $ref: string;
}

export interface Operation {
  readonly parameters?: readonly unknown[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface DocumentedResponse {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, MediaType>>;
}

/** A gateway's OpenAPI document. */
export class ApiDocument {
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

  private constructor(readonly content: OpenAPIObject) {
    this.#ajv.addSchema(content, 'document');
  }

  /** @param url of the gateway */
  static async load(url: string): Promise<ApiDocument> {
    const answer = await fetch(`${url}/docs-json`);
    return new ApiDocument((await answer.json()) as OpenAPIObject);
  }

  operation(method: 'get' | 'post', path: string): Operation {
    return this.content.paths[path]?.[method] as unknown as Operation;
  }

  /** Each with its name, such as `get /v1/models`. */
  operations(): [string, Operation][] {
    return Object.entries(this.content.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, each]): [string, Operation] => [
        `${method} ${path}`,
        each as Operation,
      ]),
    );
  }

  /** How a value breaks a schema of the document; empty if it conforms. */
  problemsOf(value: unknown, schema: SchemaRef | object): string {
    const validate = this.#ajv.compile('$ref' in schema ? { $ref: `document${schema.$ref}` } : schema);
    return validate(value) ? '' : this.#ajv.errorsText(validate.errors);
  }
}

/** The JSON of each event; where events have no names, the last one must be `[DONE]`. */
export function chunksOf(stream: string): unknown[] {
  const events = stream.split('\n\n').filter((event) => event !== '');
  if (!stream.startsWith('event: ')) expect(events.pop()).toBe('data: [DONE]');
  return events.map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length)) as unknown);
}
