import { Script } from './script.js';

/** Number of `ADMIT`'s values for all scopes together, and for each. */
const ADMIT_VALUES = 7;
const ADMIT_VALUES_PER_SCOPE = 7;

/**
 * The mode of `ADMIT`: `admit` decides; `lease` registers a call that is running in any case;
 * `look` changes nothing.
 */
export const ADMIT_MODES = { admit: 0, lease: 1, look: 2 } as const;

/**
 * Decides one admission in all scopes of a call: reads everything, then decides, then writes. Times
 * are Redis's own, so that the clocks of replicas do not matter. Each scope has four keys: the last
 * minute, as a hash with the requests (r), tokens (t) and last time (l) of each second, their sums,
 * and the first (h) and last (n) second; the leases of running calls; the budget of a period, with
 * what is spent (s) and reserved (v); and the leases of reservations.
 *
 * Values: mode, call, lease in ms, tokens, least tokens, nano-USD, least nano-USD; per scope:
 * requests and tokens per minute, concurrent calls, budget (each negative if there is none), expiry
 * of the budget's keys in ms, what was spent in it so far (empty: not known), 1 if that is from a
 * history.
 *
 * Returns 1, what was reserved, and the time; or 0 and the reason; or 2 and the scopes whose
 * budgets are not known. After 0 and 1, for each scope: requests, tokens, concurrent calls, spent,
 * reserved, ms until the minute is empty.
 */
export const ADMIT = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mode, call, lease = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local tokens, least_tokens = tonumber(ARGV[4]), tonumber(ARGV[5])
local nano, least_nano = tonumber(ARGV[6]), tonumber(ARGV[7])
local text = function(number) return string.format('%.0f', number) end

local function read_minute(s)
  local second = math.floor(now / 1000)
  local m = redis.call('HMGET', s.minute, 'h', 'n', 'r', 't', second .. 'r', second .. 't')
  s.at, s.here_r, s.here_t = second, 0, 0
  if not m[1] then return end
  s.h, s.n, s.r, s.t = tonumber(m[1]), tonumber(m[2]), tonumber(m[3]), tonumber(m[4])
  local first = s.h
  while s.h <= s.n do
    local b = redis.call('HMGET', s.minute, s.h .. 'l', s.h .. 'r', s.h .. 't')
    if b[1] then
      if tonumber(b[1]) + 60000 > now then break end
      s.r, s.t = s.r - tonumber(b[2]), s.t - tonumber(b[3])
      redis.call('HDEL', s.minute, s.h .. 'l', s.h .. 'r', s.h .. 't')
    end
    s.h = s.h + 1
  end
  if s.h > s.n then
    redis.call('DEL', s.minute)
    s.h, s.n, s.r, s.t = nil, nil, 0, 0
    return
  end
  if s.h ~= first then redis.call('HSET', s.minute, 'h', s.h, 'r', text(s.r), 't', text(s.t)) end
  if second < s.n then
    s.at = s.n
    m = redis.call('HMGET', s.minute, 'h', 'n', 'r', 't', s.at .. 'r', s.at .. 't')
  end
  s.here_r, s.here_t = tonumber(m[5]) or 0, tonumber(m[6]) or 0
end

local function wait_for(s, requests, tokens)
  for second = s.h, s.n do
    local b = redis.call('HMGET', s.minute, second .. 'l', second .. 'r', second .. 't')
    if b[1] then
      requests, tokens = requests - tonumber(b[2]), tokens - tonumber(b[3])
      if requests <= 0 and tokens <= 0 then return math.max(0, tonumber(b[1]) + 60000 - now) end
    end
  end
  return 60000
end

local function reset_of(s)
  if not s.n then return 0 end
  return math.max(0, tonumber(redis.call('HGET', s.minute, s.n .. 'l')) + 60000 - now)
end

local function read_budget(s)
  local over = redis.call('ZRANGEBYSCORE', s.reserves, '-inf', now)
  if #over > 0 then
    local freed = 0
    for _, member in ipairs(over) do freed = freed + tonumber(string.match(member, '(%d+)$')) end
    redis.call('ZREMRANGEBYSCORE', s.reserves, '-inf', now)
    if redis.call('EXISTS', s.budget) == 1 then redis.call('HINCRBY', s.budget, 'v', text(-freed)) end
  end
  local b = redis.call('HMGET', s.budget, 's', 'v')
  if b[1] then
    s.spent, s.reserved = tonumber(b[1]), math.max(0, tonumber(b[2]))
    return true
  end
  if s.seed == '' then return false end
  s.spent = tonumber(s.seed)
  if mode == 2 then return true end
  redis.call('HSET', s.budget, 's', s.seed, 'v', 0, 'k', s.seed)
  if s.is_history == '1' then redis.call('HSET', s.budget, 'a', now) end
  redis.call('PEXPIRE', s.budget, s.ttl)
  redis.call('DEL', s.reserves)
  return true
end

local scopes, unknown = {}, { 2 }
for i = 1, #KEYS / 4 do
  local v = ${ADMIT_VALUES} + (i - 1) * ${ADMIT_VALUES_PER_SCOPE}
  local s = {
    minute = KEYS[i * 4 - 3], calls = KEYS[i * 4 - 2], budget = KEYS[i * 4 - 1], reserves = KEYS[i * 4],
    rpm = tonumber(ARGV[v + 1]), tpm = tonumber(ARGV[v + 2]), most = tonumber(ARGV[v + 3]),
    limit = tonumber(ARGV[v + 4]), ttl = ARGV[v + 5], seed = ARGV[v + 6], is_history = ARGV[v + 7],
    r = 0, t = 0, running = 0, spent = 0, reserved = 0,
  }
  s.has_minute = (s.rpm >= 0 or s.tpm >= 0)
  scopes[i] = s
  if s.has_minute and mode ~= 1 then read_minute(s) end
  if s.most >= 0 then
    redis.call('ZREMRANGEBYSCORE', s.calls, '-inf', now)
    s.running = redis.call('ZCARD', s.calls)
  end
  if s.limit >= 0 and not read_budget(s) then unknown[#unknown + 1] = i end
end
if #unknown > 1 then return unknown end

local function add_states(reply, is_new)
  for _, s in ipairs(scopes) do
    local reset = 60000
    if not is_new then reset = s.has_minute and reset_of(s) or 0 end
    for _, value in ipairs({ s.r, s.t, s.running, s.spent, s.reserved, reset }) do reply[#reply + 1] = value end
  end
  return reply
end

if mode == 2 then return add_states({ 1, 0, 0, now }, false) end

local refusal
if mode == 0 then
  for _, s in ipairs(scopes) do
    if s.tpm >= 0 and tokens > s.tpm then tokens = math.max(least_tokens, s.tpm) end
    if s.limit >= 0 and s.reserved == 0 and s.spent + nano > s.limit then
      nano = math.max(least_nano, s.limit - s.spent)
    end
  end
  local function refuse(i, what, wait, excess, rank)
    if not refusal or rank > refusal.rank then
      refusal = { rank = rank, reply = { 0, i, what, wait, excess, tokens, nano, now } }
    end
  end
  for i, s in ipairs(scopes) do
    if s.limit >= 0 and (s.spent >= s.limit or s.spent + s.reserved + nano > s.limit) then
      local excess = s.spent >= s.limit and -1 or s.spent + s.reserved + nano - s.limit
      refuse(i, 4, s.spent + nano <= s.limit and 1 or 0, excess, 1e15)
    else
      local found = false
      if s.tpm >= 0 and s.t + tokens > s.tpm then
        found = true
        local excess = s.t + tokens - s.tpm
        local wait = tokens > s.tpm and -1 or wait_for(s, 0, excess)
        refuse(i, 2, wait, excess, wait < 0 and 1e16 or wait)
      end
      if s.rpm >= 0 and s.r + 1 > s.rpm then
        found = true
        local wait = wait_for(s, s.r + 1 - s.rpm, 0)
        refuse(i, 1, wait, s.r + 1 - s.rpm, wait)
      end
      if not found and s.most >= 0 and s.running >= s.most then refuse(i, 3, 0, 1, 1000) end
    end
  end
end
if refusal then return add_states(refusal.reply, false) end

for _, s in ipairs(scopes) do
  if s.has_minute and mode == 0 then
    s.r, s.t = s.r + 1, s.t + tokens
    redis.call('HSET', s.minute, 'h', s.h or s.at, 'n', s.at, 'r', text(s.r), 't', text(s.t),
      s.at .. 'r', text(s.here_r + 1), s.at .. 't', text(s.here_t + tokens), s.at .. 'l', now)
    redis.call('PEXPIRE', s.minute, 61000)
  end
  if s.most >= 0 then
    redis.call('ZADD', s.calls, now + lease, call)
    redis.call('PEXPIRE', s.calls, 2 * lease)
    s.running = s.running + 1
  end
  if s.limit >= 0 and redis.call('ZADD', s.reserves, now + lease, call .. ':' .. text(nano)) == 1 then
    s.reserved = redis.call('HINCRBY', s.budget, 'v', text(nano))
    redis.call('PEXPIRE', s.budget, s.ttl)
    redis.call('PEXPIRE', s.reserves, s.ttl)
  end
end
return add_states({ 1, tokens, nano, now }, true)`);
