/** The finding of one check. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly says: string;
}

export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says };
}

export function warning(check: string, says: string): Finding {
  return { check, state: 'warning', says };
}

export function problem(check: string, says: string): Finding {
  return { check, state: 'problem', says };
}
