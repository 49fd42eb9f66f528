import { sql } from 'kysely';
import { PostgresUsage } from '../../src/usage/store/postgres-database.js';
import { type TestPostgres, describeWithPostgres, startPostgres } from '../support/postgres-server.js';

describeWithPostgres('a connection to Postgres', () => {
  let postgres: TestPostgres;
  let address: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    address = await postgres.database('lost');
  });
  afterAll(() => postgres?.close());

  it.each([
    [
      'during a query',
      async (usage: PostgresUsage) => void (await sql`select pg_sleep(60)`.execute(usage.db)),
    ],
    [
      'between two queries of a transaction',
      (usage: PostgresUsage) =>
        usage.db.transaction().execute(async (transaction) => {
          await sql`select 1`.execute(transaction);
          await new Promise((resolve) => setTimeout(resolve, 2000));
          await sql`select 1`.execute(transaction);
        }),
    ],
  ])(
    'fails what it was used for, and not the process, when it breaks %s',
    async (_when, use) => {
      const usage = new PostgresUsage(address);
      const uncaught: unknown[] = [];
      const note = (error: unknown) => void uncaught.push(error);
      process.on('uncaughtException', note);
      try {
        const failed = use(usage).then(
          () => undefined,
          (error: unknown) => error,
        );
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await postgres.kill();
        expect(await failed).toBeInstanceOf(Error);
        await postgres.restart();
        expect((await sql`select 1 as one`.execute(usage.db)).rows).toEqual([{ one: 1 }]);
        expect(uncaught).toEqual([]);
      } finally {
        process.off('uncaughtException', note);
        await usage.close();
      }
    },
    60_000,
  );
});
