import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { type SqliteThread } from './sqlite-thread.js';

/** Kysely's dialect for an SQLite database in a thread of its own. */
export class SqliteThreadDialect implements Dialect {
  readonly #driver: ThreadDriver;

  constructor(thread: SqliteThread) {
    this.#driver = new ThreadDriver(thread);
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }

  /** Runs `work` while no query of Kysely is running. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#driver.alone(work);
  }
}

/**
 * SQLite can change tables within transactions, which locks out other processes that start at the
 * same time.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** One connection, used by one query or transaction at a time. */
class ThreadDriver implements Driver {
  readonly #connection: DatabaseConnection;
  #last: Promise<unknown> = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(private readonly thread: SqliteThread) {
    this.#connection = new ThreadConnection(thread);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#last;
    let release!: () => void;
    this.#last = new Promise<void>((resolve) => (release = resolve));
    await before;
    this.#release = release;
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#release!();
    return Promise.resolve();
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.acquireConnection();
    try {
      return await work();
    } finally {
      await this.releaseConnection();
    }
  }

  async beginTransaction(): Promise<void> {
    await this.#run('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.#run('commit');
  }

  async rollbackTransaction(): Promise<void> {
    await this.#run('rollback');
  }

  destroy(): Promise<void> {
    return this.thread.close();
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw(sql));
  }
}

class ThreadConnection implements DatabaseConnection {
  constructor(private readonly thread: SqliteThread) {}

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.thread.run({ sql, parameters });
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
  }

  streamQuery(): never {
    throw new Error('streams of rows are not supported');
  }
}
