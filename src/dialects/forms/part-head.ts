import { InvalidRequestError } from '../../errors/caller-errors.js';

/** The contents of a part's headers. */
export interface PartHead {
  /** Undefined if the part has none, which no valid form allows. */
  readonly name: string | undefined;
  readonly isFile: boolean;
  /** Whether its bytes are the value in a transfer encoding. */
  readonly isEncoded: boolean;
}

const PLAIN_ENCODING = /^(?:7bit|8bit|binary)$/i;
const PARAMETER = /\s*;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/y;

/**
 * Reads the headers of one part (RFC 7578, 4.2). Headers that parsers interpret differently are
 * refused, so that the service cannot find a field that the gateway did not see.
 * @throws InvalidRequestError
 */
export function readPartHead(block: string): PartHead {
  let disposition: string | undefined;
  let isEncoded = false;
  for (const line of block.replaceAll(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    const header = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (header === 'content-transfer-encoding') isEncoded ||= !PLAIN_ENCODING.test(value);
    if (header !== 'content-disposition') continue;
    if (disposition !== undefined) throw unclear("two headers 'Content-Disposition'");
    disposition = value;
  }
  const parameters = disposition === undefined ? new Map<string, string>() : parametersOf(disposition);
  return { name: parameters.get('name'), isFile: parameters.has('filename'), isEncoded };
}

function parametersOf(disposition: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = /^[^;]*/.exec(disposition)![0].length;
  for (;;) {
    const at = PARAMETER.lastIndex;
    const match = PARAMETER.exec(disposition);
    if (match === null) {
      if (/\bname\b/i.test(disposition.slice(at))) throw unclear('a name that cannot be read');
      return parameters;
    }
    const name = match[1]!.toLowerCase();
    if (name === 'name*') throw unclear("a name in the form 'name*'");
    if (name === 'name' && parameters.has(name)) throw unclear('two names');
    parameters.set(name, match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3]!);
  }
}

function unclear(what: string): InvalidRequestError {
  return new InvalidRequestError('invalid_value', `A part of the form has ${what}.`);
}
