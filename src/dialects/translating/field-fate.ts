/** What becomes of a field of a client's request where the service speaks another format. */
export interface FieldFate {
  /** With the fields around it, such as `output_config.effort`. */
  readonly field: string;
  /** `dropped` ones are named in `x-gateway-dropped`; `refused` ones are a 400. */
  readonly fate: 'carried' | 'dropped' | 'refused';
  readonly note: string;
}
