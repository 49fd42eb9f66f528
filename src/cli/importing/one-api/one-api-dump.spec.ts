import { isDump, readDump } from './one-api-dump.js';

const KEY = 'sk-a\nsk-b';
const MAPPING = `{"m":"it's \\"real\\""}`;
const EXPECTED = [
  { id: 1, type: 1, key: KEY, name: "o'hara; (1), '2'", base_url: null, model_mapping: MAPPING, weight: 7 },
  { id: 2, type: 14, key: '12345678901234567890', name: '渠道', base_url: '', model_mapping: '', weight: 0 },
];

const MYSQL = String.raw`-- MySQL dump 10.13
CREATE TABLE ${'`channels`'} (
  ${'`id`'} bigint NOT NULL AUTO_INCREMENT,
  ${'`type`'} bigint DEFAULT '0',
  ${'`key`'} text,
  ${'`name`'} varchar(191) DEFAULT NULL COMMENT 'a, (b)',
  ${'`base_url`'} varchar(191) DEFAULT '',
  ${'`model_mapping`'} varchar(1024) DEFAULT '',
  ${'`weight`'} decimal(10,2) DEFAULT '0',
  PRIMARY KEY (${'`id`'}),
  KEY ${'`idx_channels_name`'} (${'`name`'})
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4;
LOCK TABLES ${'`channels`'} WRITE;
INSERT INTO ${'`channels`'} VALUES (1,1,'sk-a\nsk-b','o\'hara; (1), \'2\'',NULL,'{\"m\":\"it\'s \\\"real\\\"\"}',7),(2,14,'12345678901234567890','渠道','','',0);
UNLOCK TABLES;
INSERT INTO ${'`logs`'} VALUES (1,'x');
`;

const POSTGRES = String.raw`--
-- PostgreSQL database dump
--
CREATE TABLE public.channels (
    id bigint NOT NULL,
    key text
);
COPY public.channels (id, type, key, name, base_url, model_mapping, weight) FROM stdin;
1	1	sk-a\nsk-b	o'hara; (1), '2'	\N	{"m":"it's \\"real\\""}	7
2	14	12345678901234567890	渠道			0
\.

COPY public.tokens (id, key, unlimited_quota) FROM stdin;
1	abc	t
\.
`;

const INSERTS = String.raw`INSERT INTO public.channels (id, type, key, name, base_url, model_mapping, weight) VALUES (1, 1, E'sk-a\nsk-b', 'o''hara; (1), ''2''', NULL, '{"m":"it''s \"real\""}', 7);
INSERT INTO public.channels (id, type, "key", name, base_url, model_mapping, weight) VALUES (2, 14, '12345678901234567890', '渠道', '', '', 0);
`;

const SQLITE = String.raw`PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE ${'`channels`'} (${'`id`'} integer,${'`type`'} integer DEFAULT 0,${'`key`'} text,${'`name`'} text,${'`base_url`'} text DEFAULT "",${'`model_mapping`'} varchar(1024),${'`weight`'} integer,PRIMARY KEY (${'`id`'}));
INSERT INTO channels VALUES(1,1,'sk-a
sk-b','o''hara; (1), ''2''',NULL,'{"m":"it''s \"real\""}',7);
INSERT INTO channels VALUES(2,14,'12345678901234567890','渠道','','',0);
COMMIT;
`;

describe('a dump of a database in SQL', () => {
  it.each([
    ['mysqldump', MYSQL],
    ['pg_dump', POSTGRES],
    ['pg_dump --inserts', INSERTS],
    ['.dump of sqlite3', SQLITE],
  ])('of %s has the rows of the tables that are asked for', (_tool, text) => {
    expect(isDump(text)).toBe(true);
    const rows = readDump(text, ['channels', 'tokens']);
    expect(rows.get('channels')).toEqual(EXPECTED);
    expect(rows.get('logs')).toBeUndefined();
    if (text === POSTGRES) expect(rows.get('tokens')).toEqual([{ id: 1, key: 'abc', unlimited_quota: true }]);
  });

  it('must have the names of the columns', () => {
    expect(() => readDump("INSERT INTO channels VALUES (1,'a');\n", ['channels'])).toThrow(
      'the rows of channels have no columns: dump the table with its structure',
    );
  });

  it('is not recognised in other text', () => {
    expect(isDump('{"channels": [{"name": "INSERT INTO"}]}')).toBe(false);
  });

  it('gives whole rows or an error, wherever it is cut', () => {
    const counts = new Set<number>();
    for (let end = 0; end < MYSQL.length; end += 7) {
      const read = () => readDump(MYSQL.slice(0, end), ['channels']).get('channels') ?? [];
      const rows = outcomeOf(read);
      if (typeof rows === 'string') expect(rows).toContain('have no columns');
      else {
        counts.add(rows.length);
        expect([end, rows]).toEqual([end, EXPECTED.slice(0, rows.length)]);
      }
    }
    expect(counts.size).toBeGreaterThan(1);
  });
});

/** What a function returns, or the message of what it throws. */
function outcomeOf<Result>(work: () => Result): Result | string {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}
