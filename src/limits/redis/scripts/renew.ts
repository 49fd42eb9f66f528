import { Script } from './script.js';

/**
 * Renews the leases of running calls in one scope. Keys: the leases of calls, and of reservations.
 * Values: the lease in ms; for each call: its id, and what it reserved in nano-USD.
 */
export const RENEW = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = tonumber(ARGV[1])
for i = 2, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], 'XX', now + lease, ARGV[i])
  redis.call('ZADD', KEYS[2], 'XX', now + lease, ARGV[i] .. ':' .. ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], 2 * lease)
return 1`);
