/** A model as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  /** Maximum number of new tokens, if known. */
  readonly max_tokens?: number;
}

/** How one wire format lists models. */
export interface ModelsFormat {
  /** @param query query parameters of the address, unchecked */
  list(models: readonly ListedModel[], query: Readonly<Record<string, unknown>>): object;
  one(model: ListedModel): object;
}
