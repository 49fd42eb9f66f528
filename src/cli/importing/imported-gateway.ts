/** The fields of one service behind a model, by their names in the YAML. */
export type Fields = Readonly<Record<string, unknown>>;

/** One service behind a model of another gateway. */
export interface ImportedService {
  /** Name of the deployment, if the model has several. */
  readonly name?: string;
  /** The type of the model, such as the one for services in OpenAI's format. */
  readonly type: string;
  /** Share of the calls; 0 = only if no other service is available. */
  readonly weight?: number;
  readonly fields: Fields;
}

/** A model of another gateway: a name and the services behind it. */
export interface ImportedModel {
  readonly services: readonly ImportedService[];
  /** Fields of the whole model, such as `enabled` and `strategy`. */
  readonly fields: Fields;
}

/** A fallback, named by its model, and its causes unless they are the default ones. */
export interface ImportedFallback {
  readonly model: string;
  readonly on?: readonly string[];
}

/** Something that was not imported, and why. */
export interface Note {
  readonly what: string;
  readonly why: string;
  /** The models or keys that it concerns; empty if it concerns the whole configuration. */
  readonly of: readonly string[];
}

/**
 * The configuration of another gateway in the terms of this one, and the parts that could not be
 * imported.
 */
export class ImportedGateway {
  readonly models = new Map<string, ImportedModel>();
  readonly fallbacks = new Map<string, ImportedFallback[]>();
  readonly keys: Fields[] = [];
  readonly teams: Fields[] = [];
  /** Top-level blocks other than `auth` and `models`, by their names. */
  readonly settings: Record<string, Fields> = {};
  readonly #notes = new Map<string, { what: string; why: string; of: Set<string> }>();

  get notes(): readonly Note[] {
    return [...this.#notes.values()].map(({ what, why, of }) => ({ what, why, of: [...of] }));
  }

  /** Adds a service to a model; creates the model if it is new. */
  addService(model: string, service: ImportedService, fields: Fields = {}): void {
    const known = this.models.get(model);
    this.models.set(model, {
      services: [...(known?.services ?? []), service],
      fields: { ...known?.fields, ...fields },
    });
  }

  addFallback(model: string, fallback: ImportedFallback): void {
    const known = this.fallbacks.get(model) ?? [];
    if (known.some((other) => other.model === fallback.model)) return;
    this.fallbacks.set(model, [...known, fallback]);
  }

  /** Adds a key under a unique name, because two keys under one name are a rotation. */
  addKey(name: string, key: Fields): void {
    const names = new Set(this.keys.map((other) => other['name']));
    let free = name;
    for (let count = 2; names.has(free); count += 1) free = `${name}-${count}`;
    this.keys.push({ name: free, ...key });
  }

  /** Sets fields of a top-level block; fields that are already set remain. */
  set(block: string, fields: Fields): void {
    this.settings[block] = { ...fields, ...this.settings[block] };
  }

  /** Notes what was not imported, once per reason. */
  note(what: string, why: string, of?: string): void {
    const key = `${what}\n${why}`;
    const note = this.#notes.get(key) ?? { what, why, of: new Set<string>() };
    if (of !== undefined) note.of.add(of);
    this.#notes.set(key, note);
  }
}
