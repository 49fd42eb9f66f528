import fc from 'fast-check';
import { FALLBACK_CAUSES, type FallbackCause } from '../../config/model.config.js';
import { type AttemptFailure } from './failure-cause.js';
import { type PlannedModel, RetryPlan, type RetrySettings, type RetryStep } from './retry-plan.js';

const MODELS = 6;
const causes = fc.subarray<FallbackCause>([...FALLBACK_CAUSES]);

/**
 * Models whose fallbacks come after them, as the configuration allows: there are no cycles. The first is
 * requested.
 */
const models = fc
  .array(
    fc.array(fc.record({ to: fc.nat({ max: MODELS - 1 }), on: causes }), {
      maxLength: 4,
    }),
    {
      minLength: MODELS,
      maxLength: MODELS,
    },
  )
  .map((links) => {
    const all: PlannedModel[] = [];
    for (let index = MODELS - 1; index >= 0; index--) {
      const fallbacks = links[index]!.filter(({ to }) => to > index).map(({ to, on }) => ({
        model: all[to]!,
        on: new Set(on),
      }));
      all[index] = { name: `model-${index}`, fallbacks };
    }
    return all[0]!;
  });

const settings: fc.Arbitrary<RetrySettings> = fc.record({
  max_retries: fc.nat({ max: 5 }),
  backoff_seconds: fc.double({ min: 0, max: 3, noNaN: true }),
  max_backoff_seconds: fc.double({ min: 0, max: 5, noNaN: true }),
  max_retry_after_seconds: fc.double({ min: 0, max: 10, noNaN: true }),
});

const failure: fc.Arbitrary<AttemptFailure> = fc.record({
  causes,
  isPassing: fc.boolean(),
  isLocal: fc.boolean(),
  retryAfterMs: fc.option(fc.nat({ max: 20_000 }), { nil: undefined }),
});
const surroundings = fc.record({
  canRepeat: fc.boolean(),
  hasOther: fc.boolean(),
});
/** More than any plan can use up. */
const outages = fc.array(fc.tuple(failure, surroundings), {
  minLength: 20,
  maxLength: 20,
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

type Outage = readonly [AttemptFailure, { readonly canRepeat: boolean; readonly hasOther: boolean }];

interface Walk {
  readonly steps: readonly RetryStep[];
  /** Where each failure happened. */
  readonly failedAt: readonly PlannedModel[];
}

function walk(model: PlannedModel, rules: RetrySettings, failures: readonly Outage[], draw: number): Walk {
  const plan = new RetryPlan(model, rules, () => draw);
  const steps: RetryStep[] = [];
  const failedAt: PlannedModel[] = [];
  let at = model;
  for (const [failed, around] of failures) {
    failedAt.push(at);
    const isHopeless = !plan.mayFollow;
    const wouldMove = plan.wouldMove(failed, around.hasOther);
    const step = plan.next(failed, around);
    if (isHopeless) expect(step.kind).toBe('give_up');
    if (step.kind !== 'repeat') expect(wouldMove).toBe(step.kind !== 'give_up');
    steps.push(step);
    if (step.kind === 'give_up') break;
    if (step.kind === 'fallback') at = step.model;
  }
  return { steps, failedAt };
}

/**
 * The models in the order in which they are tried, found without a plan: each one's fallbacks, then those of
 * the models before.
 */
function expectedOrder(model: PlannedModel, causesOf: (name: string) => readonly FallbackCause[]): string[] {
  const order: string[] = [];
  const visit = ({ name, fallbacks }: PlannedModel): void => {
    order.push(name);
    for (const { model: next, on } of fallbacks) {
      if (!order.includes(next.name) && causesOf(name).some((cause) => on.has(cause))) visit(next);
    }
  };
  visit(model);
  return order;
}

const each = (check: (model: PlannedModel, rules: RetrySettings, failures: Outage[], draw: number) => void) =>
  fc.assert(fc.property(models, settings, outages, random, check), {
    numRuns: 500,
  });

describe('what follows a failure', () => {
  it('comes to an end, and spends no more than the budget of the call', () => {
    each((model, rules, failures, draw) => {
      const { steps } = walk(model, rules, failures, draw);
      expect(steps.at(-1)!.kind).toBe('give_up');
      const counted = steps.filter(({ kind }) => kind === 'repeat' || kind === 'elsewhere');
      expect(counted.length).toBeLessThanOrEqual(rules.max_retries);
    });
  });

  it('tries each model once, in order, and only if its cause is given', () => {
    each((model, rules, failures, draw) => {
      const { steps, failedAt } = walk(model, rules, failures, draw);
      // The last failure at a model decides which fallback follows.
      const left = new Map(failedAt.map(({ name }, index) => [name, failures[index]![0].causes]));
      const tried = [
        model.name,
        ...steps.flatMap((step) => (step.kind === 'fallback' ? [step.model.name] : [])),
      ];
      expect(tried).toEqual(expectedOrder(model, (name) => left.get(name)!));
    });
  });

  it('repeats only transient failures that may be repeated, and waits as long as requested', () => {
    each((model, rules, failures, draw) => {
      const { steps } = walk(model, rules, failures, draw);
      for (const [index, step] of steps.entries()) {
        const [failed, around] = failures[index]!;
        if (step.kind === 'elsewhere') expect([failed.isLocal, around.hasOther]).toEqual([true, true]);
        if (step.kind !== 'repeat') continue;
        expect([failed.isPassing, around.canRepeat]).toEqual([true, true]);
        const { retryAfterMs = 0 } = failed;
        expect(retryAfterMs).toBeLessThanOrEqual(rules.max_retry_after_seconds * 1000);
        expect(step.waitMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(step.waitMs).toBeLessThanOrEqual(Math.max(retryAfterMs, rules.max_backoff_seconds * 1000));
      }
    });
  });

  it('is nothing if the service was not at fault', () => {
    const final: AttemptFailure = {
      causes: [],
      isPassing: false,
      isLocal: false,
      retryAfterMs: undefined,
    };
    fc.assert(
      fc.property(models, settings, surroundings, (model, rules, around) => {
        expect(new RetryPlan(model, rules).next(final, around)).toEqual({
          kind: 'give_up',
        });
      }),
    );
  });

  it('waits twice as long each time, up to the longest, at the same deployment', () => {
    fc.assert(
      fc.property(settings, random, (rules, draw) => {
        const plan = new RetryPlan({ name: 'm', fallbacks: [] }, rules, () => draw);
        const passing: AttemptFailure = {
          causes: [],
          isPassing: true,
          isLocal: true,
          retryAfterMs: undefined,
        };
        for (let time = 0; time < rules.max_retries; time++) {
          const step = plan.next(passing, { canRepeat: true, hasOther: false });
          const longest = Math.min(rules.backoff_seconds * 2 ** time, rules.max_backoff_seconds) * 1000;
          expect(step).toEqual({ kind: 'repeat', waitMs: draw * longest });
        }
      }),
    );
  });
});
