import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BoardRig, DOWN } from '../support/board-rig.js';
import { startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

const PAGE = join(import.meta.dirname, '../../src/ui/page');
const LIMIT_BYTES = 150 * 1024;
const rig = new BoardRig();
beforeAll(() => rig.open());
beforeEach(() => rig.start());
afterEach(() => rig.gateway.close());
afterAll(() => rig.close());

describe('the board as files', () => {
  it('is open to everyone, under a strict policy, and holds no data', async () => {
    const response = await rig.gateway.get('/ui', { key: null });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await response.text();
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src=)/);
    expect(html).not.toContain('good-a');
  });

  it('is small', () => {
    const files = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const sizes = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
  });

  it('names its files relative to itself, and turns back a final slash', async () => {
    const html = await (await rig.gateway.get('/ui', { key: null })).text();
    const links = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, link]) => link!);
    expect(links).toContain('ui/app.js');
    for (const link of links) {
      expect(link).toMatch(/^(?:ui\/.*|docs|\.\/)$/);
      expect((await rig.gateway.get(`/${link}`, { key: null })).status).toBe(200);
    }
    const slash = await fetch(`${rig.gateway.url}/ui/`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, '../ui']);
  });

  it('serves every module that another one imports', async () => {
    const seen = new Set<string>();
    const load = async (url: string): Promise<void> => {
      if (seen.has(url)) return;
      seen.add(url);
      const response = await rig.gateway.get(url, { key: null });
      expect([url, response.status]).toEqual([url, 200]);
      for (const [, path] of (await response.text()).matchAll(/ from '(\.[^']+)'/g))
        await load(new URL(path!, `http://page${url}`).pathname);
    };
    await load('/ui/app.js');
    expect(seen.size).toBe(
      readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js')).length,
    );
  });

  it('is not sent again while it is the same', async () => {
    const etag = (await rig.gateway.get('/ui/app.js', { key: null })).headers.get('etag')!;
    const again = await rig.gateway.get('/ui/app.js', { key: null, headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it.each([
    '/ui/nothing.js',
    '/ui/..%2fui.module.ts',
    '/ui/app.js/more',
    '/ui/models',
    '/ui/models/..%2fapp.js',
  ])('has no %s', async (path) => {
    const response = await rig.gateway.get(path, { key: null });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('is gone with server.ui: false', async () => {
    const without = await startGateway({
      server: { ui: false },
      models: { openai: [{ name: 'm', base_url: DOWN }] },
    });
    expect((await without.get('/ui', { key: null })).status).toBe(404);
    expect((await without.get('/ui/app.js', { key: null })).status).toBe(404);
    expect(await (await without.get('/', { key: null })).json()).not.toHaveProperty('ui');
    await without.close();
  });
});
