import { Script } from './script.js';

/**
 * Settles one call in all of its scopes. It counts once, even if it is sent again: settlements of a
 * replica have increasing numbers and arrive in order. The lease of the call may have expired
 * meanwhile; its usage is counted all the same.
 *
 * Keys: the last number of each replica; then as for ADMIT. Values: replica, number, call, what was
 * reserved in nano-USD, what is to be added to the requests and tokens of the admission, what was
 * spent in nano-USD; per scope: the second of the admission (0: none), whether concurrent calls are
 * limited, and whether there is a budget (1 or 0 each).
 */
export const SETTLE = new Script(`
local text = function(number) return string.format('%.0f', number) end
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1])) or 0
if tonumber(ARGV[2]) <= last then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], 3600000)
local call, reserved = ARGV[3], ARGV[4]
local requests, tokens, nano = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
for i = 1, (#KEYS - 1) / 4 do
  local minute, calls, budget, reserves = KEYS[i * 4 - 2], KEYS[i * 4 - 1], KEYS[i * 4], KEYS[i * 4 + 1]
  local v = 7 + (i - 1) * 3
  local second = ARGV[v + 1]
  if second ~= '0' and (requests ~= 0 or tokens ~= 0)
    and redis.call('HEXISTS', minute, second .. 'l') == 1 then
    redis.call('HINCRBY', minute, second .. 'r', requests)
    redis.call('HINCRBY', minute, second .. 't', text(tokens))
    redis.call('HINCRBY', minute, 'r', requests)
    redis.call('HINCRBY', minute, 't', text(tokens))
  end
  if ARGV[v + 2] == '1' then redis.call('ZREM', calls, call) end
  if ARGV[v + 3] == '1' and redis.call('EXISTS', budget) == 1 then
    if redis.call('ZREM', reserves, call .. ':' .. reserved) == 1 and reserved ~= '0' then
      redis.call('HINCRBY', budget, 'v', '-' .. reserved)
    end
    if nano > 0 then redis.call('HINCRBY', budget, 's', text(nano)) end
  end
end
return 1`);
