export type StepKind =
  | 'client_request'
  | 'dropped'
  | 'login_request'
  | 'login_answer'
  | 'token'
  | 'chat_request'
  | 'chat_answer'
  | 'expression'
  | 'openai_answer'
  | 'client_answer'
  | 'failure';

/** One event of a call. Its fields may contain secrets until they are masked. */
export interface Step {
  readonly kind: StepKind;
  /** Name of the expression or of the login step. */
  readonly name?: string;
  /** Occurrences of this kind and name so far. */
  readonly nth: number;
  /** Whether values come from a login, where any word may be a secret. */
  readonly isLogin: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * A stream has thousands of events, and a job may be polled for hours: the first and the last steps
 * suffice.
 */
const FIRST_ONES = 3;

/** The steps of a call, in order. */
export class Timeline {
  readonly steps: Step[] = [];
  readonly #counts = new Map<string, number>();

  add(
    kind: StepKind,
    fields: Readonly<Record<string, unknown>>,
    { name, isLogin = false }: { readonly name?: string; readonly isLogin?: boolean } = {},
  ): void {
    const key = `${kind} ${name ?? ''}`;
    const nth = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, nth);
    if (nth > FIRST_ONES + 1) {
      const at = this.steps.findLastIndex((step) => step.kind === kind && step.name === name);
      this.steps.splice(at, 1);
    }
    this.steps.push({ kind, name, nth, isLogin, fields });
  }

  /** The latest step of a kind. */
  latest(kind: StepKind, name?: string): Step | undefined {
    return this.steps.findLast((step) => step.kind === kind && (name === undefined || step.name === name));
  }

  remove(step: Step): void {
    this.steps.splice(this.steps.indexOf(step), 1);
  }
}
