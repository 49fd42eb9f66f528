import { type FallbackCause } from '../../config/model.config.js';
import { RetryConfig } from '../../config/settings.js';
import { type AttemptFailure } from './failure-cause.js';
import { type PlannedModel, RetryPlan } from './retry-plan.js';

const failure = (fields: Partial<AttemptFailure> = {}): AttemptFailure => ({
  causes: ['5xx'],
  isPassing: true,
  isLocal: true,
  retryAfterMs: undefined,
  ...fields,
});
const ALONE = { canRepeat: true, hasOther: false };
const settings = (fields: Partial<RetryConfig> = {}) => Object.assign(new RetryConfig(), fields);
const model = (name: string, ...fallbacks: [PlannedModel, ...FallbackCause[]][]): PlannedModel => ({
  name,
  fallbacks: fallbacks.map(([target, ...on]) => ({ model: target, on: new Set(on) })),
});

describe('a retry plan', () => {
  it('doubles the longest wait, up to its limit', () => {
    const plan = new RetryPlan(model('m'), settings({ max_retries: 6 }), () => 1);
    const waits = Array.from({ length: 6 }, () => plan.next(failure(), ALONE));
    expect(waits).toEqual([200, 400, 800, 1600, 2000, 2000].map((waitMs) => ({ kind: 'repeat', waitMs })));
    expect(plan.next(failure(), ALONE)).toEqual({ kind: 'give_up' });
  });

  it('waits as long as asked when that is short, and not at all when it is long', () => {
    const plan = new RetryPlan(model('m'), settings({ max_retries: 9 }), () => 0);
    expect(plan.next(failure({ retryAfterMs: 5000 }), ALONE)).toEqual({ kind: 'repeat', waitMs: 5000 });
    expect(plan.next(failure({ retryAfterMs: 5001 }), ALONE)).toEqual({ kind: 'give_up' });
    expect(plan.next(failure({ retryAfterMs: 5001 }), { canRepeat: true, hasOther: true })).toEqual({
      kind: 'elsewhere',
    });
  });

  it('begins anew with the shortest wait at another deployment, and at a fallback', () => {
    const plan = new RetryPlan(
      model('m', [model('f'), '5xx']),
      settings({ max_retries: 6, max_retry_after_seconds: 1 }),
      () => 1,
    );
    const wait = () => {
      const step = plan.next(failure(), ALONE);
      return step.kind === 'repeat' ? step.waitMs : step.kind;
    };
    expect([wait(), wait()]).toEqual([200, 400]);
    expect(plan.next(failure(), { canRepeat: true, hasOther: true }).kind).toBe('elsewhere');
    expect([wait(), wait()]).toEqual([200, 400]);
    expect(plan.next(failure({ isPassing: false }), ALONE).kind).toBe('fallback');
    expect(wait()).toBe(200);
  });

  it('has one budget over repetitions, deployments and fallbacks, the step to a fallback aside', () => {
    const plan = new RetryPlan(model('m', [model('f'), '5xx']), settings({ max_retries: 2 }), () => 0);
    expect(plan.next(failure(), { canRepeat: true, hasOther: true }).kind).toBe('elsewhere');
    expect(plan.next(failure(), ALONE).kind).toBe('repeat');
    expect(plan.next(failure(), { canRepeat: true, hasOther: true })).toMatchObject({
      kind: 'fallback',
      model: { name: 'f' },
    });
    expect(plan.next(failure(), { canRepeat: true, hasOther: true })).toEqual({ kind: 'give_up' });
  });

  it('goes through fallbacks of fallbacks first, by the cause of each, and to none twice', () => {
    const last = model('last');
    const deep = model('deep', [last, 'timeout']);
    const plan = new RetryPlan(
      model('m', [deep, '429'], [last, '429'], [model('other'), '429'], [model('never'), 'timeout']),
      settings({ max_retries: 0 }),
    );
    const names = (['429', 'timeout', '5xx', '5xx'] as const).map((cause) => {
      const step = plan.next(failure({ causes: [cause] }), ALONE);
      return step.kind === 'fallback' ? step.model.name : step.kind;
    });
    expect(names).toEqual(['deep', 'last', 'other', 'give_up']);
  });

  it('predicts whether a failure would move the call, without deciding anything', () => {
    const plan = new RetryPlan(model('m', [model('f'), 'timeout']), settings({ max_retries: 1 }));
    const timeout = failure({ causes: ['timeout'], isPassing: false });
    expect(plan.wouldMove(timeout, false)).toBe(true);
    expect(plan.wouldMove(failure(), false)).toBe(false);
    expect(plan.wouldMove(failure(), true)).toBe(true);
    expect(plan.next(timeout, ALONE).kind).toBe('fallback');
    expect([plan.wouldMove(timeout, false), plan.mayFollow]).toEqual([false, true]);
  });
});
