/** How a client asks, whatever its format. */
export interface Wishes {
  readonly model: string;
  readonly stream: boolean;
  readonly system?: string;
  readonly hasThoughts?: boolean;
  readonly stop?: readonly string[];
  readonly tools?: readonly string[];
  readonly maxTokens?: number;
}

/** What comes next from the user's side. */
export type Said =
  | { readonly text: string }
  | {
      readonly results: readonly {
        readonly text: string;
        readonly isError?: boolean;
        readonly image?: string;
      }[];
    };

/** What a client understood of a reply. */
export interface Heard {
  readonly text: string;
  readonly thought: string;
  readonly refusal: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  /** The client's own word. */
  readonly end: string;
  readonly stopSequence: string | undefined;
  readonly tokens: readonly [input: number | undefined, output: number | undefined];
  readonly dropped: string | null;
}

/** A conversation of one client, which sends back what it got as its SDK's documents say. */
export interface Talk {
  say(said: Said): Promise<Heard>;
}

export const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
