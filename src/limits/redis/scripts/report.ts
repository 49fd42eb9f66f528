import { Script } from './script.js';

/**
 * Reports that a replica is alive, and counts the others. Keys: the replicas, by the time of their
 * last report; a mark that is missing if Redis has lost its data. Values: replica, how long it
 * counts after the report in ms, a new mark. Returns the time, the number of replicas, the mark.
 */
export const REPORT = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], 10 * tonumber(ARGV[2]))
redis.call('SET', KEYS[2], ARGV[3], 'NX')
redis.call('PEXPIRE', KEYS[2], 34560000000)
return { now, redis.call('ZCARD', KEYS[1]), redis.call('GET', KEYS[2]) }`);
