import { createHash } from 'node:crypto';
import { type RedisConnection } from '../../../cache/redis-connection.js';

/** A Lua script, sent by its digest; its text is sent only if Redis does not know it. */
export class Script {
  readonly #digest: string;

  constructor(private readonly text: string) {
    this.#digest = createHash('sha1').update(text).digest('hex');
  }

  /**
   * Loads the script into Redis.
   * @throws the error that Redis reports
   */
  async load({ client }: RedisConnection): Promise<void> {
    await client.scriptLoad(this.text);
  }

  /**
   * Settles when Redis responds, however late.
   * @throws the error that Redis reports, for example that it does not know the script
   */
  send(
    { client }: RedisConnection,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    return client.evalSha(this.#digest, { keys: [...keys], arguments: values.map(String) });
  }

  /** Like `send`, but sends the text of a script that Redis does not know. */
  async sendAnyway(
    redis: RedisConnection,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.send(redis, keys, values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.sendText(redis, keys, values);
    }
  }

  /** Like `send`, but sends the text of the script, after which Redis knows the script. */
  sendText(
    { client }: RedisConnection,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    return client.eval(this.text, { keys: [...keys], arguments: values.map(String) });
  }
}

/** Whether Redis does not know a script that was sent by its digest; nothing was executed then. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
