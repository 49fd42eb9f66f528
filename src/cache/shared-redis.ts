import { type RedisConnection } from './redis-connection.js';

/** The Redis that replicas share, if one is configured. */
export class SharedRedis {
  constructor(readonly connection: RedisConnection | undefined) {}
}
