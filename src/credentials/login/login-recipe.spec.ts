import { ModelConfig } from '../../config/model.config.js';
import { type LoginConfig } from './login.config.js';
import { LoginRecipe } from './login-recipe.js';

interface Parts {
  readonly model?: Partial<ModelConfig>;
  readonly url?: string;
  readonly password?: string;
  readonly hours?: number;
  readonly login?: Partial<LoginConfig>;
}

const keyOf = ({ model, url = 'http://s/login', password = 'p', hours = 8, login }: Parts = {}): string =>
  new LoginRecipe(
    Object.assign(
      new (class extends ModelConfig {})(),
      { base_url: 'http://s/api', headers: {}, query: {} },
      model,
    ),
    url,
    'user',
    password,
    hours,
    login as LoginConfig | undefined,
  ).key;

describe('the key of a login', () => {
  it.each<[string, Parts]>([
    ['headers of the model', { model: { headers: { 'x-app': 'b' } } }],
    ['query of the model', { model: { query: { 'api-version': '2' } } }],
    ['the name of the model', { model: { model_name: 'other', base_url: 'http://s/other' } }],
    ['how calls show the token', { login: { carry: { in: 'header', name: 'x-token' } } }],
    ['what refuses a token', { login: { refused_when: { status: [419] } } }],
    ['where a bad answer says why', { login: { message: 'body.why' } }],
    ['defaults that are written down', { login: { preset: 'default', method: 'POST', send_as: 'json' } }],
    ['a list of one step', { login: { steps: [{ url: 'http://s/login' }] } }],
    ['the place of the address', { url: 'http://s/unused', login: { url: 'http://s/login' } }],
  ])('does not depend on %s', (_what, parts) => {
    expect(keyOf(parts)).toBe(keyOf());
  });

  it.each<[string, Parts]>([
    ['address', { url: 'http://s/other' }],
    ['password', { password: 'q' }],
    ['constants', { login: { fields: { message: 'a' } } }],
    ['headers of the login', { login: { headers: { 'x-tenant': 't' } } }],
    ['tenant in the headers of the model', { model: { headers: { 'X-Tenant-Id': '2' } } }],
    ['organisation in its query', { model: { query: { orgId: '2' } } }],
    ['token expression', { login: { token: 'body.t' } }],
    ['kept values', { login: { keep: { message: 'body.m' } } }],
    ['cookie that is the token', { login: { carry: { in: 'cookie', name: 'SID' } } }],
    ['further headers of calls', { login: { call_headers: { 'x-user': 'body.user' } } }],
  ])('differs for another %s', (_what, parts) => {
    expect(keyOf(parts)).not.toBe(keyOf());
  });
});
