import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Findings } from '../findings.js';
import { type Leaf, jsonataPath, leavesOf } from '../leaves.js';
import { epochUnit, isNamed, isoKind, jwtEnd, plainName } from '../words.js';
import { type Source } from './links.js';

/** A larger number must be in milliseconds: as seconds it would be 115 days. */
const MOST_SECONDS = 10_000_000;
/** A smaller number may count minutes or hours. */
const LEAST_SECONDS = 300;
const HOUR_SECONDS = 3600;

/** Finds how long the token in a login's response is valid. @returns fields of `login:` */
export function learnLifetime(
  answer: RecordedAnswer,
  token: Source,
  findings: Findings,
): Record<string, string> {
  const found = leavesOf(answer.json)
    .filter(({ name, path }) => isLifetime(name) && !path.some((step) => /refresh/i.test(String(step))))
    .toSorted((a, b) => order(a) - order(b));
  const leaf = found.find(({ value }) => value !== null && value !== '');
  if (leaf === undefined) {
    const empty = found[0];
    if (jwtEnd(token.value) !== undefined)
      findings.sure('login.lifetime', 'exp inside the token (a JWT) says it, without a setting');
    else if (empty !== undefined) {
      findings.unsure(
        'login.lifetime',
        `${jsonataPath(empty.path, 'body')} is empty in the recorded response: epoch seconds were assumed for other ones`,
      );
      return { lifetime: jsonataPath(empty.path, 'body'), lifetime_unit: 'epoch_seconds' };
    } else
      findings.unsure(
        'token_cache_hours',
        'the response does not say how long the token is valid: it is renewed after these hours, or when the service refuses it',
      );
    return {};
  }
  const expression = jsonataPath(leaf.path, 'body');
  const unit = unitOf(leaf, expression, findings);
  return unit === undefined
    ? {}
    : { lifetime: expression, ...(unit !== 'seconds' && { lifetime_unit: unit }) };
}

/** `expires`, `tokenExpireTime`, `ticket_ttl` */
function isLifetime(name: string): boolean {
  const plain = plainName(name).replace(
    /^(?:access|auth|api|login|jwt|user)*(?:token|ticket|session|cookie)?(?=.)/,
    '',
  );
  return isNamed('lifetime', name) || isNamed('lifetime', plain);
}

/** `expires_in` is standard; a point in time is clearer than a duration. */
function order({ name, value }: Leaf): number {
  if (plainName(name) === 'expiresin') return 0;
  return epochUnit(value) !== undefined || isoKind(value) === 'zoned' ? 1 : 2;
}

function unitOf({ value, name }: Leaf, expression: string, findings: Findings): string | undefined {
  const epoch = epochUnit(value);
  if (epoch !== undefined) {
    findings.sure('login.lifetime', `${expression} is a time in epoch ${epoch}`);
    return `epoch_${epoch}`;
  }
  const date = isoKind(value);
  if (date === 'zoned') {
    findings.sure('login.lifetime', `${expression} is a date with a zone`);
    return 'iso_date';
  }
  if (date === 'local') {
    findings.unsure(
      'token_cache_hours',
      `${expression} is a date without a time zone: add login.lifetime "${expression}", lifetime_unit "iso_date" and time_zone`,
    );
    return undefined;
  }
  const amount = typeof value === 'boolean' || value === null ? NaN : Number(value);
  if (!(amount > 0)) {
    findings.unsure(
      'token_cache_hours',
      `${expression} looks like a lifetime, but its value is not understood`,
    );
    return undefined;
  }
  const isStandard = plainName(name) === 'expiresin';
  if (amount > MOST_SECONDS) {
    findings.unsure('login.lifetime', `${expression} is too large for seconds, so milliseconds were assumed`);
    return 'milliseconds';
  }
  if (amount < LEAST_SECONDS) {
    findings.unsure(
      'token_cache_hours',
      `${expression} is ${amount}: seconds, minutes or hours? It was not used; set token_cache_hours`,
    );
    return undefined;
  }
  if (isStandard) findings.sure('login.lifetime', `${expression}, in seconds as OAuth 2.0 has it`);
  else
    findings.unsure(
      'login.lifetime',
      `${expression} was taken for seconds: ${Math.round((amount / HOUR_SECONDS) * 10) / 10} hours`,
    );
  return 'seconds';
}
