import { type Candidate, pick } from './balancer.js';
import { RetryBudget } from '../retry/retry-budget.js';
import { retryAfterMs } from '../../upstream/failure/retry-after.js';

interface Named extends Candidate {
  readonly name: string;
}
const one = (name: string, weight = 1, outstanding = 0): Named => ({ name, weight, outstanding, credit: 0 });

describe('a choice by weight', () => {
  it('gives exact shares, without bursts', () => {
    const candidates: [Named, ...Named[]] = [one('a', 5), one('b', 1), one('c', 1)];
    const names = Array.from({ length: 7 }, () => pick('weighted', candidates).name);
    expect(names).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
  });

  it('leaves a weight of 0 for when there is no other', () => {
    expect(pick('weighted', [one('spare', 0), one('b')]).name).toBe('b');
    expect(pick('weighted', [one('spare', 0)]).name).toBe('spare');
  });
});

describe('a choice of the less busy one', () => {
  it('compares two different ones, by what they carry for their weight', () => {
    const [busy, free] = [one('busy', 1, 3), one('free', 1, 0)];
    for (const random of [0, 0.4, 0.6, 0.99])
      expect(pick('least_busy', [busy, free], () => random).name).toBe('free');
    expect(pick('least_busy', [one('large', 10, 9), one('small', 1, 1)], () => 0).name).toBe('large');
    // Where nothing runs yet, the weight alone decides.
    expect(pick('least_busy', [one('small', 1), one('large', 10)], () => 0).name).toBe('large');
  });
});

describe('the budget for retries', () => {
  it('is a share of the calls of the last ten seconds, and a reserve', () => {
    const budget = new RetryBudget(() => 20);
    for (let count = 0; count < 50; count++) budget.called(0);
    let spent = 0;
    for (; budget.hasRoom(9000); spent++) budget.spend(9000);
    expect(spent).toBe(20);
    expect(budget.hasRoom(11_000)).toBe(false);
    expect(budget.hasRoom(19_500)).toBe(true);
  });

  it('is the minimum when all calls are long past', () => {
    const budget = new RetryBudget(() => 20);
    for (let count = 0; count < 50; count++) budget.called(0);
    let spent = 0;
    for (; budget.hasRoom(30_000); spent++) budget.spend(30_000);
    expect(spent).toBe(10);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1e9' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(retryAfterMs(headers as Record<string, string>, now)).toBe(expected);
  });
});
