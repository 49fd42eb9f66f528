import { createHash, createHmac } from 'node:crypto';

/** A value from which a digest may be computed, and its name in the login's expressions. */
export interface Ingredient {
  readonly name: string;
  readonly value: string;
}

interface Made {
  readonly expression: string;
  readonly value: string;
}

const DIGEST = /^(?:[\da-f]{32}|[\da-f]{64})$/i;
const MOST_JOINED = 4;
const SEPARATORS = ['', ':', '&', '-', '_', '|'];

/** Whether a value has the form of a digest or encoding that expressions can compute. */
export function mayBeProof(value: string): boolean {
  return DIGEST.test(value) || (/^[A-Za-z\d+/]{8,}={0,2}$/.test(value) && value.length % 4 === 0);
}

/**
 * Finds how a digest was computed from a password and values that the service sent: as a hash or
 * the Base64 of their concatenation, in which the password may itself be a hash, or as an HMAC. The
 * result always reproduces the recorded value.
 * @returns the expression in JSONata; undefined if none of these methods reproduces it
 */
export function findProof(
  proof: string,
  password: Ingredient,
  others: readonly Ingredient[],
): string | undefined {
  const plain = [password, ...others].map(({ name, value }): Made => ({ expression: name, value }));
  const [secret, ...rest] = plain as [Made, ...Made[]];
  const inner = [secret, ...hashesOf([secret, ...rest], 1)];
  for (const made of inner) {
    const found = finish(made, rest, proof);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The hashes of the password alone, or joined with up to `count` other values. */
function hashesOf([secret, ...rest]: readonly Made[], count: number): Made[] {
  return joined(secret!, rest, count + 1).flatMap(hashed);
}

function finish(secret: Made, rest: readonly Made[], proof: string): string | undefined {
  for (const text of joined(secret, rest, MOST_JOINED)) {
    const found = [...hashed(text), base64(text)].find(
      ({ value }) => value.toLowerCase() === proof.toLowerCase(),
    );
    if (found !== undefined) return inCase(found, proof);
  }
  for (const other of rest) {
    for (const [key, text] of [
      [secret, other],
      [other, secret],
    ] as const) {
      const value = createHmac('sha256', key.value).update(text.value).digest('hex');
      if (value === proof.toLowerCase())
        return inCase({ expression: `$hmac_sha256(${key.expression}, ${text.expression})`, value }, proof);
    }
  }
  return undefined;
}

/** Digests may be in capitals; base64 uses both cases. */
function inCase({ expression, value }: Made, proof: string): string | undefined {
  if (value === proof) return expression;
  return DIGEST.test(proof) && value.toUpperCase() === proof ? `$uppercase(${expression})` : undefined;
}

function hashed({ expression, value }: Made): Made[] {
  return ['md5', 'sha256'].map((kind) => ({
    expression: `$${kind}(${expression})`,
    value: createHash(kind).update(value).digest('hex'),
  }));
}

function base64({ expression, value }: Made): Made {
  return { expression: `$base64(${expression})`, value: Buffer.from(value).toString('base64') };
}

/** Every ordering of the secret and some of the other values, concatenated. */
function joined(secret: Made, rest: readonly Made[], most: number): Made[] {
  const found: Made[] = [];
  const visit = (chosen: readonly Made[]): void => {
    if (chosen.includes(secret)) {
      for (const separator of chosen.length === 1 ? [''] : SEPARATORS)
        found.push({
          expression: chosen
            .map(({ expression }) => expression)
            .join(separator === '' ? ' & ' : ` & ${JSON.stringify(separator)} & `),
          value: chosen.map(({ value }) => value).join(separator),
        });
    }
    if (chosen.length === most) return;
    for (const next of [secret, ...rest]) if (!chosen.includes(next)) visit([...chosen, next]);
  };
  visit([]);
  return found;
}
