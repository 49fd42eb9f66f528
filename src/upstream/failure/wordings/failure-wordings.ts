import { type FailureReason } from '../../../errors/upstream-errors.js';
import { type Wording } from './wording.js';
import { CONTEXT_LENGTH } from './context-length.js';
import { MODERATION } from './moderation.js';
import { QUOTA, REGION, CREDENTIAL, RATE_LIMIT } from './access.js';

const rows = (reason: FailureReason, wordings: readonly Omit<Wording, 'reason'>[]): Wording[] =>
  wordings.map((wording) => ({ reason, ...wording }));

/**
 * All known messages, first match first: messages about a limit come before those about a prompt
 * that is too long.
 */
export const WORDINGS: readonly Wording[] = [
  ...rows('rate_limit', RATE_LIMIT),
  ...rows('quota', QUOTA),
  ...rows('context_length', CONTEXT_LENGTH),
  ...rows('moderation', MODERATION),
  ...rows('region', REGION),
  ...rows('credential', CREDENTIAL),
];
