import { Script } from './script.js';

/**
 * Raises the counter of a budget that began without its history to what the history contains by
 * now. The larger of the two applies, not their sum, because both include what was spent since the
 * counter began. Does nothing to a budget that has its history.
 *
 * Keys: the budget. Values: nano-USD in the history. Returns 1 if the budget has its history now, 0
 * if there is no such budget.
 */
export const RAISE = new Script(`
local text = function(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local b = redis.call('HMGET', KEYS[1], 's', 'k', 'a')
if not b[1] then return 0 end
if b[3] then return 1 end
local seed = tonumber(ARGV[1])
redis.call('HSET', KEYS[1],
  's', text(math.max(tonumber(b[1]), seed)), 'k', text(math.max(tonumber(b[2]) or 0, seed)),
  'a', text(time[1] * 1000 + math.floor(time[2] / 1000)))
return 1`);
