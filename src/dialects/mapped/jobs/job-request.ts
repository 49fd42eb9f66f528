import { LargeInput } from '../../../expressions/large-input.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { JsonScan } from '../../../protocol/scanning/json-scan.js';
import { readRequest } from '../request/request-input.js';
import { NamedExpression } from '../named-expression.js';

/**
 * Limits up to which fields stay parsed while a job runs: so few values take little more memory
 * than their bytes.
 */
const KEPT_BYTES = 32_768;
const KEPT_VALUES = 500;
const NO_FIELDS = new FieldNames([]);

/**
 * The part of the client's request that the expressions of a job read. It is extracted once for
 * each job, which may run for minutes: a few values are kept parsed, everything else as bytes,
 * which an evaluator parses when an expression needs them.
 */
export class JobRequest {
  readonly #names: FieldNames | undefined;
  /** Extracts the fields from a request that is too large to be parsed by this thread. */
  readonly #large: NamedExpression | undefined;

  private constructor(fields: readonly string[] | undefined) {
    if (fields === undefined) return;
    this.#names = new FieldNames(fields);
    const found = fields.map((field) => JSON.stringify(field)).map((name) => `${name}: $lookup($, ${name})`);
    this.#large = new NamedExpression('$request', `{ ${found.join(', ')} }`);
  }

  /** @returns undefined if no expression reads the request */
  static of(expressions: readonly NamedExpression[]): JobRequest | undefined {
    const fields = expressions.map((expression) => expression.fieldsOf('$request'));
    if (fields.includes(undefined)) return new JobRequest(undefined);
    const names = new Set(fields.flatMap((some) => some!));
    return names.size === 0 ? undefined : new JobRequest([...names]);
  }

  /**
   * @param owner the client that makes the call
   * @returns the value of `$request`
   * @throws MappingError
   */
  async read(body: Buffer, owner: string): Promise<unknown> {
    const part = await this.#partOf(body, owner);
    if (part.length <= KEPT_BYTES && JsonScan.of(part, NO_FIELDS).values <= KEPT_VALUES)
      return readRequest(part);
    // If the part is most of the body, the body itself is kept instead of a second copy.
    return new LargeInput(part.length * 2 > body.length ? body : part);
  }

  async #partOf(body: Buffer, owner: string): Promise<Buffer> {
    if (this.#names === undefined) return body;
    const input = LargeInput.of(body, () => undefined);
    if (input !== undefined)
      return (await this.#large!.evaluateToJson(input, { bindings: {}, owner })) as Buffer;
    const scan = JsonScan.of(body, this.#names);
    const found = this.#names.names.flatMap((name, index) =>
      scan.has(index) ? [`${JSON.stringify(name)}:${scan.text(index)}`] : [],
    );
    return Buffer.from(`{${found.join(',')}}`);
  }
}
