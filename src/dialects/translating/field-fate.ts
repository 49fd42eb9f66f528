/** How a field of a client's request is treated if the service uses another format. */
export interface FieldFate {
  /** With the names of the fields that contain it, such as `output_config.effort`. */
  readonly field: string;
  /** `dropped` fields are named in `x-gateway-dropped`; `refused` ones cause a 400. */
  readonly fate: 'carried' | 'dropped' | 'refused';
  readonly note: string;
}
