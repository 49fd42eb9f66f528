/** What may have to happen before a fallback takes over. */
export const FALLBACK_CAUSES = ['unreachable', 'timeout', '429', '5xx', 'context_length'] as const;

export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

/** Without `on:`. A prompt that is too long is the caller's affair unless the file says otherwise. */
export const DEFAULT_FALLBACK_CAUSES: readonly FallbackCause[] = ['unreachable', 'timeout', '429', '5xx'];

/** Another model that takes over; in the YAML its name, or `{ model, on }`. */
export interface FallbackConfig {
  readonly model: string;
  readonly on: readonly FallbackCause[];
}
