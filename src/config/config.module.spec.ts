import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { loadText } from '../../test/fixtures/config/load-text.js';
import { ConfigModule } from './config.module.js';
import { GatewayConfig } from './gateway.config.js';

@Injectable()
class Reader {
  constructor(readonly config: GatewayConfig) {}
}

@Module({ providers: [Reader] })
class FeatureModule {}

it('hands the very configuration that was loaded to every module, and leaves the environment alone', async () => {
  const { config } = loadText(`auth: { api_keys: [client-key-of-a-test] }
models: { openai: [{ name: m, base_url: "https://x.test" }] }`);
  const before = { ...process.env };
  const app = await Test.createTestingModule({
    imports: [ConfigModule.register(config), FeatureModule],
  }).compile();
  expect(app.get(Reader).config).toBe(config);
  expect(process.env).toEqual(before);
  await app.close();
});
