import { type Findings } from '../findings.js';
import { type Leaf, jsonataPath } from '../leaves.js';
import { epochUnit, isNamed, isPlaceholder, isRandom, isUuid } from '../words.js';

const digits = (count: number): string => {
  const least = 10 ** (count - 1);
  return `$string(${least} + $floor($random() * ${9 * least}))`;
};

/**
 * A random UUID (RFC 9562, version 4) with decimal digits, from functions that need no evaluator
 * process.
 */
export const NEW_UUID = `(${digits(8)} & "-" & ${digits(4)} & "-4" & ${digits(3)} & "-8" & ${digits(3)} & "-" & ${digits(12)})`;

/**
 * The expression for a value that each call generates anew.
 * @param differs whether the value differs between the two commands
 */
export function perCallValue(leaf: Leaf, differs: boolean, findings: Findings): string | undefined {
  const { path, name, value } = leaf;
  const key = jsonataPath(path);
  const unit = epochUnit(value);
  if (unit !== undefined && (isNamed('time', name) || differs)) {
    findings.sure('request.body', `${key} is the time of the call, in ${unit}`);
    const time = unit === 'seconds' ? '$floor($millis() / 1000)' : '$millis()';
    return typeof value === 'string' ? `$string(${time})` : time;
  }
  if (typeof value !== 'string' || value === '') return undefined;
  const made = isUuid(value) && !value.includes('-') ? `$replace(${NEW_UUID}, "-", "")` : NEW_UUID;
  if (isNamed('conversation', name) && !differs) {
    findings.unsure(
      'request.body',
      `${key} names a conversation: each call begins one of its own, under a new id; must the service know it before?`,
    );
    return made;
  }
  if (isUuid(value) && (isNamed('perCall', name) || differs)) {
    findings.sure('request.body', `${key} is a UUID, made for each call`);
    return made;
  }
  if (isNamed('perCall', name) && (isPlaceholder(value) || isRandom(value) || /\d{3}/.test(value))) {
    findings.unsure('request.body', `${key} is named like an id of one call: it is made for each, as a UUID`);
    return made;
  }
  if (differs && isRandom(value)) {
    findings.unsure(
      'request.body',
      `${key} differs between the commands and looks random: it is made for each call`,
    );
    return NEW_UUID;
  }
  if (isUuid(value)) {
    findings.unsure(
      'request.body',
      `${key} is a UUID that nothing explains, and was kept: does it name an application, or a conversation of the command's user?`,
    );
  }
  return undefined;
}
