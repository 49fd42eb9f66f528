import { type JsonObject } from '../../../protocol/json.js';
import { type ImportedGateway } from '../imported-gateway.js';
import { literal } from '../placeholder.js';
import { type ReadChannel, listOf, nameOf } from './one-api-channel.js';
import { noteColumns } from './one-api-left.js';
import { type OneApiTables } from './one-api-tables.js';

const ENABLED = 1;
/** The group of a token that may use all groups of its user, one after the other. */
const ANY_GROUP = 'auto';
const READ: ReadonlySet<string> = new Set(
  'id user_id key status name expired_time remain_quota unlimited_quota models model_limits model_limits_enabled group deleted_at DeletedAt'.split(
    ' ',
  ),
);

/** The rows to which tokens refer. */
export interface TokenContext {
  readonly channels: readonly ReadChannel[];
  readonly users: ReadonlyMap<unknown, JsonObject>;
  readonly quotaPerUsd: number;
}

export function usersOf({ users }: OneApiTables): ReadonlyMap<unknown, JsonObject> {
  return new Map(users.map((user) => [user['id'], user]));
}

/** Imports a token as a key; adds a note if it may not call or cannot be imported. */
export function importToken(token: JsonObject, context: TokenContext, gateway: ImportedGateway): void {
  const name = nameOf(token, 'key');
  const user = context.users.get(token['user_id']);
  const why = whyItMayNotCall(token, user);
  if (why !== undefined) {
    gateway.note('a key', why, name);
    return;
  }
  const { key, expired_time: expired } = token;
  if (typeof key !== 'string' || key === '' || key.includes('*')) {
    gateway.note('a key', 'it is not in the file; export the database', name);
    return;
  }
  const isUnlimited = isTrue(token['unlimited_quota']);
  const usd = Number(token['remain_quota'] ?? 0) / context.quotaPerUsd;
  const models = modelsFor(token, user, context, name, gateway);
  const team = user === undefined ? undefined : teamOf(user, context, gateway);
  noteColumns('token', token, READ, name, gateway);
  gateway.addKey(name, {
    // Clients send the key with this prefix; the database contains it without.
    key: literal(key.startsWith('sk-') ? key : `sk-${key}`),
    ...(team !== undefined && { team }),
    ...(models !== undefined && { models }),
    ...(typeof expired === 'number' && expired > 0 && { expires_at: new Date(expired * 1000).toISOString() }),
    ...(!isUnlimited && { limits: { budget: { usd, per: 'total' } } }),
  });
}

function whyItMayNotCall(token: JsonObject, user: JsonObject | undefined): string | undefined {
  if (isDeleted(token)) return 'it was deleted';
  if (token['status'] !== ENABLED) return 'it is disabled, expired or used up';
  if (user !== undefined && (isDeleted(user) || user['status'] !== ENABLED)) return 'its user is disabled';
  if (!isTrue(token['unlimited_quota']) && !(Number(token['remain_quota'] ?? 0) > 0))
    return 'its quota is used up';
  return user !== undefined && !(Number(user['quota'] ?? 0) > 0)
    ? 'the quota of its user is used up'
    : undefined;
}

/** The models that a key may use: those of its list that are in its group. Undefined: all. */
function modelsFor(
  token: JsonObject,
  user: JsonObject | undefined,
  { channels }: TokenContext,
  name: string,
  gateway: ImportedGateway,
): readonly string[] | undefined {
  const isLimited = token['model_limits_enabled'] !== 0 && token['model_limits_enabled'] !== false;
  const limits = isLimited ? listOf(token['models'] ?? token['model_limits']) : [];
  const group = [token['group'], user?.['group']].find((text) => typeof text === 'string' && text !== '');
  const all = new Set(channels.flatMap(({ models }) => models));
  if (group === ANY_GROUP)
    gateway.note('the group "auto" of a key', 'it may use the models of every group', name);
  const reachable =
    group === undefined || group === ANY_GROUP
      ? all
      : new Set(
          channels.filter(({ groups }) => groups.includes(group as string)).flatMap(({ models }) => models),
        );
  if (limits.length > 0) return limits.filter((model) => reachable.has(model) || !all.has(model));
  return reachable.size === all.size ? undefined : [...reachable];
}

/** A user as a team: the user's quota is the budget of all keys together. */
function teamOf(user: JsonObject, { quotaPerUsd }: TokenContext, gateway: ImportedGateway): string {
  const team = nameOf({ name: user['username'], id: user['id'] }, 'user');
  if (!gateway.teams.some(({ name }) => name === team))
    gateway.teams.push({
      name: team,
      limits: { budget: { usd: Number(user['quota']) / quotaPerUsd, per: 'total' } },
    });
  return team;
}

function isDeleted(row: JsonObject): boolean {
  const at = row['deleted_at'] ?? row['DeletedAt'];
  return at !== undefined && at !== null && at !== '';
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}
