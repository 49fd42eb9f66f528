import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { type Usage } from '../conversation/usage.js';
import { PRICE_TABLE, PriceTable } from './price-table.js';

const require = createRequire(import.meta.url);
const genAi = require('@pydantic/genai-prices') as typeof import('@pydantic/genai-prices');
const { dependencies } = require('../../package.json') as { dependencies: Record<string, string> };

const table = new PriceTable();
const OPENAI = 'https://api.openai.com/v1';
const IN_HOUSE = 'http://models.in-house.test/v1';
const find = (model: string, address = IN_HOUSE, type = 'openai') =>
  table.find({ type, base_url: address, model_name: model });
const NOW = Date.parse('2026-11-28T12:00:00Z');
const cost = (model: string, usage: Usage, at = NOW, address = IN_HOUSE) =>
  find(model, address)?.at(at)?.costOf(usage);
const MILLION: Usage = { promptTokens: 1_000_000, completionTokens: 0 };

describe('the price table', () => {
  it('has the version and the date that the product shows', () => {
    const folder = join(dirname(require.resolve('@pydantic/genai-prices')), '..');
    const installed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    expect([installed.version, dependencies[PRICE_TABLE.name]]).toEqual([
      PRICE_TABLE.version,
      PRICE_TABLE.version,
    ]);
  });

  it('is loaded by the first search', () => {
    const fresh = new PriceTable();
    expect(fresh.isLoaded).toBe(false);
    fresh.find({ type: 'openai', base_url: OPENAI, model_name: 'gpt-4o' });
    expect(fresh.isLoaded).toBe(true);
  });

  it('knows models by the address of their service', () => {
    expect(find('gpt-4o', OPENAI)!.at(NOW)!.text).toBe(
      '2026-09-23 openai/gpt-4o: input 2.5, cached_input 1.25, output 10, per_search 0.01',
    );
    expect(cost('text-embedding-3-small', MILLION, NOW, OPENAI)).toBe(20_000_000);
    expect(find('gpt-4o', 'https://west.openai.azure.com/openai/v1')!.at(NOW)!.text).toContain(
      'azure/gpt-4o',
    );
    const claude = 'anthropic.claude-sonnet-4-20250514-v1:0';
    const bedrock = find(claude, 'https://bedrock-runtime.us-east-1.amazonaws.com', 'anthropic');
    expect(bedrock!.at(NOW)!.text).toContain('aws/');
    expect(find('gemini-2.5-pro', 'https://generativelanguage.googleapis.com', 'gemini')).toBeDefined();
    expect(find('claude-sonnet-4-5', 'https://api.anthropic.com', 'anthropic')).toBeDefined();
  });

  it('finds models by name and type if it does not know the address', () => {
    expect(find('gpt-4o')!.at(NOW)!.text).toContain('openai/gpt-4o');
    expect(find('deepseek-chat')!.at(NOW)!.text).toContain('deepseek/deepseek-chat');
    expect(find('text-embedding-3-small')!.at(NOW)!.text).toContain('openai/');
    expect(find('claude-sonnet-4-20250514', IN_HOUSE, 'anthropic')!.at(NOW)!.text).toContain('anthropic/');
    expect(find('gemini-2.5-pro', IN_HOUSE, 'gemini')!.at(NOW)!.text).toContain('google/');
  });

  it.each([
    ['chat', IN_HOUSE],
    ['our-gpt-4', IN_HOUSE],
    ['gpt-4-internal', IN_HOUSE],
    ['claude-internal', IN_HOUSE],
    ['qwen3-32b', IN_HOUSE],
    ['', IN_HOUSE],
    ['no-such-model', OPENAI],
    // Known elsewhere, but not sold by this service.
    ['claude-sonnet-4-5', OPENAI],
    // Without a price in the table, which may mean free or not known.
    ['gpt-4o', 'https://api.githubcopilot.com'],
    ['omni-moderation-latest', OPENAI],
  ])('does not know %j at %s', (model, address) => {
    expect(find(model, address)?.at(NOW)).toBeUndefined();
  });

  it('counts all tokens of a long prompt at the price of its tier', () => {
    const short = { promptTokens: 200_000, completionTokens: 1000, cachedTokens: 100_000 };
    expect(cost('claude-sonnet-4-5', short)).toBe(100_000 * 3000 + 100_000 * 300 + 1000 * 15_000);
    const long = { ...short, promptTokens: 200_001 };
    expect(cost('claude-sonnet-4-5', long)).toBe(100_001 * 6000 + 100_000 * 600 + 1000 * 22_500);
  });

  it('uses the price of the day', () => {
    expect(cost('o3', MILLION, Date.parse('2025-06-09T23:59:59Z'))).toBe(10_000_000_000);
    expect(cost('o3', MILLION, Date.parse('2025-06-10T00:00:00Z'))).toBe(2_000_000_000);
  });

  it('uses the price of the hour', () => {
    const at = (time: string) => cost('deepseek-chat', MILLION, Date.parse(`2026-11-28T${time}Z`));
    const [day, night] = [at('12:00:00'), at('20:00:00')];
    expect(day).not.toBe(night);
    expect([at('00:29:59'), at('00:30:00'), at('16:29:59'), at('16:30:00')]).toEqual([
      night,
      day,
      day,
      night,
    ]);
  });

  it('counts searches and seconds', () => {
    expect(cost('gpt-4o', { promptTokens: 0, completionTokens: 0, searches: 2 })).toBe(20_000_000);
    expect(cost('whisper-1', { promptTokens: 0, completionTokens: 0, seconds: 60 })).toBe(6_000_000);
  });

  it('comes to the same amounts as the package, for every model and price of it', async () => {
    const providers = (await genAi.waitForUpdate())!;
    const models = providers.flatMap((provider) => provider.models.map((model) => ({ provider, model })));
    expect(models.length).toBeGreaterThan(1000);
    const times = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-06-01') });
    const part = fc.nat(100_000);
    const random = fc.record({
      fresh: part,
      read: part,
      written: part,
      long: part,
      audio: part,
      output: part,
    });
    let compared = 0;
    fc.assert(
      fc.property(fc.nat(models.length - 1), times, random, (index, at, tokens) => {
        const { provider, model } = models[index]!;
        // Only what an address leads to can be compared with certainty.
        const base = ADDRESSES[provider.id];
        if (base === undefined) return;
        const usage = {
          promptTokens: tokens.fresh + tokens.read + tokens.written + tokens.audio,
          completionTokens: tokens.output,
          cachedTokens: tokens.read,
          cacheWriteTokens: tokens.written,
          longCacheWriteTokens: Math.min(tokens.long, tokens.written),
          audioInputTokens: tokens.audio,
        };
        const found = genAi.calcPrice({}, model.id, { providerApiUrl: base, timestamp: new Date(at) });
        if (found === null || !('input_mtok' in found.model_price && 'output_mtok' in found.model_price))
          return;
        if ('requests_kcount' in found.model_price) return;
        const expected = genAi.calcPrice(
          {
            input_tokens: usage.promptTokens,
            output_tokens: usage.completionTokens,
            cache_read_tokens: usage.cachedTokens,
            cache_audio_read_tokens: 0,
            cache_audio_write_tokens: 0,
            cache_audio_write_1h_tokens: 0,
            cache_write_tokens: usage.cacheWriteTokens,
            cache_write_1h_tokens: usage.longCacheWriteTokens,
            input_audio_tokens: usage.audioInputTokens,
          },
          model.id,
          { providerApiUrl: base, timestamp: new Date(at) },
        )!;
        const ours = cost(model.id, usage, at, base)!;
        const theirs = expected.total_price * 1e9;
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1 + theirs * 1e-9);
        compared++;
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it('opens no connection', () => {
    const script = `
      const net = require('node:net'); const dns = require('node:dns');
      let opened = 0;
      const refuse = () => { opened++; throw new Error('no network'); };
      net.Socket.prototype.connect = refuse; dns.lookup = refuse; globalThis.fetch = refuse;
      const table = require('@pydantic/genai-prices');
      for (const model of ['gpt-4o', 'no-such-model']) {
        table.findProvider({ providerApiUrl: '${OPENAI}' });
        table.calcPrice({}, model, { providerApiUrl: '${OPENAI}', timestamp: new Date() });
      }
      setTimeout(() => console.log(opened), 300);`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('0');
  });
});

const ADDRESSES: Readonly<Record<string, string>> = {
  anthropic: 'https://api.anthropic.com',
  deepseek: 'https://api.deepseek.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  openai: OPENAI,
  openrouter: 'https://openrouter.ai/api/v1',
  mistral: 'https://api.mistral.ai/v1',
};
