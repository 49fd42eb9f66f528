export type StepKind =
  | 'login_request'
  | 'login_answer'
  | 'token'
  | 'chat_request'
  | 'chat_answer'
  | 'expression'
  | 'openai_answer'
  | 'failure';

/** One thing that happened. Its fields may hold secrets until they are masked. */
export interface Step {
  readonly kind: StepKind;
  /** Of an expression; or which step of a login it is. */
  readonly name?: string;
  /** How often this kind, under this name, has happened by now. */
  readonly nth: number;
  /** Whether values stem from a login, where any word may be a secret. */
  readonly isLogin: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A stream has thousands of events, a job may be asked for all night: the first ones show enough, and the last. */
const FIRST_ONES = 3;

/** What happened, in its order. */
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
