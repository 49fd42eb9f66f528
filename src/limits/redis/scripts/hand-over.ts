import { Script } from './script.js';

/**
 * Adds what a replica has counted for one scope while Redis was unavailable. A repeated call has no
 * effect, as with a settlement. A budget without a counter starts with what the replica last knew
 * of it, or with the history, whichever is more. If Redis has lost its data and another replica has
 * created the counter, only the amount by which this replica knew more is added. Spending that the
 * history already includes is not added again.
 *
 * Keys: the last number of each replica, the minute, the budget. Values: replica, number, 1 if
 * Redis has lost its data, number of seconds; for each: its last time, requests, tokens; then, only
 * for a budget, what was known to be spent, what the history contains (empty: there is none), the
 * expiry of its keys; and for each part: its last time, what was spent.
 */
export const HAND_OVER = new Script(`
local text = function(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1])) or 0
if tonumber(ARGV[2]) <= last then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], 3600000)
local v = 4
for _ = 1, tonumber(ARGV[4]) do
  local at, requests, tokens = math.min(now, tonumber(ARGV[v + 1])), ARGV[v + 2], ARGV[v + 3]
  v = v + 3
  if at + 60000 > now then
    local second = math.floor(at / 1000)
    local m = redis.call('HMGET', KEYS[2], 'h', 'n', second .. 'l')
    redis.call('HSET', KEYS[2],
      'h', math.min(tonumber(m[1]) or second, second), 'n', math.max(tonumber(m[2]) or second, second),
      second .. 'l', text(math.max(tonumber(m[3]) or 0, at)))
    for field, count in pairs({ r = requests, t = tokens }) do
      redis.call('HINCRBY', KEYS[2], field, count)
      redis.call('HINCRBY', KEYS[2], second .. field, count)
    end
    redis.call('PEXPIRE', KEYS[2], 61000)
  end
end
if #ARGV == v then return 1 end
local known, seed, ttl = tonumber(ARGV[v + 1]), ARGV[v + 2], ARGV[v + 3]
local b = redis.call('HMGET', KEYS[3], 's', 'k', 'a')
local spent, base, since = tonumber(b[1]), tonumber(b[2]) or 0, tonumber(b[3])
if not spent then
  base = math.max(known, tonumber(seed) or 0)
  spent = base
  if seed ~= '' then since = now end
  redis.call('HSET', KEYS[3], 'v', 0)
  if since then redis.call('HSET', KEYS[3], 'a', text(since)) end
elseif ARGV[3] == '1' and known > base then
  spent, base = spent + known - base, known
end
for i = v + 4, #ARGV, 2 do
  if not since or tonumber(ARGV[i]) > since then spent = spent + tonumber(ARGV[i + 1]) end
end
redis.call('HSET', KEYS[3], 's', text(spent), 'k', text(base))
redis.call('PEXPIRE', KEYS[3], ttl)
return 1`);
