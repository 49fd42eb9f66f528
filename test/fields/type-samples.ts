import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../support/documents.js';

/** Two values of a type that differ in one place. */
export interface Pair {
  /** Where, such as `content[text].citations`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Texts of certain fields, where not any text would do; one alone is never varied. */
export type Texts = Readonly<Record<string, readonly string[]>>;

const DEEPEST = 9;

/** Values of the types that a package declares. */
export class TypeSamples {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  /** @param files below `node_modules` @param texts by the names of fields */
  constructor(
    files: readonly string[],
    private readonly texts: Texts,
  ) {
    this.#program = ts.createProgram(
      files.map((file) => join(ROOT, 'node_modules', file)),
      { skipLibCheck: true, noEmit: true, strict: true, types: [], target: ts.ScriptTarget.ES2022 },
    );
    this.#checker = this.#program.getTypeChecker();
  }

  /** Pairs for each field of a type, those of the types within included. @param without fields of it that are left out */
  pairs(file: string, name: string, without: readonly string[] = []): Pair[] {
    const type = this.#typeOf(file, name);
    return this.#pairs(type, name, '', []).filter(
      ({ path }) => !without.some((field) => new RegExp(`^(?:\\[\\w+\\])?\\.?${field}(?![\\w])`).test(path)),
    );
  }

  #typeOf(file: string, name: string): ts.Type {
    const source = this.#program.getSourceFile(join(ROOT, 'node_modules', file));
    if (source === undefined) throw new Error(`no file ${file}`);
    let found: ts.Type | undefined;
    const visit = (node: ts.Node): void => {
      if ((ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name)
        found ??= this.#checker.getTypeAtLocation(node.name);
    };
    ts.forEachChild(source, visit);
    if (found === undefined) throw new Error(`no type ${name} in ${file}`);
    return found;
  }

  #pairs(type: ts.Type, field: string, path: string, above: readonly ts.Type[]): Pair[] {
    if (above.includes(type) || above.length > DEEPEST) return [];
    const members = membersOf(type);
    const literals = members.filter((member) => member.isStringLiteral()).map(({ value }) => value);
    if (literals.length > 1) return literals.slice(1).map((after) => ({ path, before: literals[0], after }));
    return members.flatMap((member) => this.#pairsOfMember(member, field, path, [...above, type]));
  }

  #pairsOfMember(type: ts.Type, field: string, path: string, above: readonly ts.Type[]): Pair[] {
    if (type.flags & ts.TypeFlags.String) {
      const [before, after] = this.texts[field] ?? ['a-text', 'another-text'];
      return after === undefined ? [] : [{ path, before, after }];
    }
    if (type.flags & ts.TypeFlags.Number) return [{ path, before: 7, after: 9 }];
    if (type.flags & ts.TypeFlags.BooleanLike)
      return this.#checker.typeToString(type) === 'true' ? [{ path, before: false, after: true }] : [];
    if (isFree(type)) return [{ path, before: { a: 'a-text' }, after: { a: 'another-text' } }];
    if (!(type.flags & ts.TypeFlags.Object)) return [];
    const element = this.#elementOf(type);
    if (element !== undefined)
      return this.#pairs(element, field, path, above).map(({ path: at, before, after }) => ({
        path: at,
        before: [before],
        after: [after],
      }));
    return this.#pairsOfObject(type, path, above);
  }

  #pairsOfObject(type: ts.Type, path: string, above: readonly ts.Type[]): Pair[] {
    const fields = this.#fieldsOf(type);
    if (fields.length === 0) return [{ path, before: { a: 'a-text' }, after: { a: 'another-text' } }];
    const least = this.#least(type, '') as Record<string, unknown>;
    const kind = typeof least['type'] === 'string' ? `[${least['type']}]` : '';
    return fields.flatMap(({ name, type: inner, isOptional }) => {
      const at = `${path}${kind}${path === '' && kind === '' ? '' : '.'}${name}`;
      const { [name]: _own, ...rest } = least;
      const within = this.#pairs(inner, name, at, above).map((pair) => ({
        path: pair.path,
        before: { ...rest, [name]: pair.before },
        after: { ...rest, [name]: pair.after },
      }));
      if (!isOptional) return within;
      const value = this.#least(inner, name);
      if (value === undefined || value === null) return within;
      return [{ path: at, before: rest, after: { ...rest, [name]: value } }, ...within];
    });
  }

  /** A value with the fields that have to be there. */
  #least(type: ts.Type, field: string, depth = 0): unknown {
    if (depth > DEEPEST) return undefined;
    const [member] = membersOf(type);
    if (member === undefined) return null;
    if (member.isStringLiteral()) {
      const wanted = this.texts[field]?.[0];
      return membersOf(type).some((each) => each.isStringLiteral() && each.value === wanted)
        ? wanted
        : member.value;
    }
    if (member.flags & ts.TypeFlags.String) return this.texts[field]?.[0] ?? 'a-text';
    if (member.flags & ts.TypeFlags.Number) return 7;
    if (member.flags & ts.TypeFlags.NumberLiteral) return (member as ts.NumberLiteralType).value;
    if (member.flags & ts.TypeFlags.BooleanLike) return true;
    if (isFree(member)) return { a: 'a-text' };
    if (!(member.flags & ts.TypeFlags.Object)) return undefined;
    const element = this.#elementOf(member);
    if (element !== undefined) return [this.#least(element, field, depth + 1)];
    const fields = this.#fieldsOf(member);
    if (fields.length === 0) return { a: 'a-text' };
    return Object.fromEntries(
      fields
        .filter(({ isOptional }) => !isOptional)
        .map(({ name, type: inner }) => [name, this.#least(inner, name, depth + 1)]),
    );
  }

  #fieldsOf(type: ts.Type): { name: string; type: ts.Type; isOptional: boolean }[] {
    return this.#checker.getPropertiesOfType(type).map((property) => {
      const of = this.#checker.getTypeOfSymbol(property);
      const isNullable = of.isUnion() && of.types.some(({ flags }) => (flags & ts.TypeFlags.Null) !== 0);
      return {
        name: property.name,
        type: of,
        isOptional: (property.flags & ts.SymbolFlags.Optional) !== 0 || isNullable,
      };
    });
  }

  #elementOf(type: ts.Type): ts.Type | undefined {
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type))
      return this.#checker.getTypeArguments(type as ts.TypeReference)[0];
    return undefined;
  }
}

function membersOf(type: ts.Type): ts.Type[] {
  const all = type.isUnion() ? type.types : [type];
  return all.filter(({ flags }) => !(flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)));
}

function isFree(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}
