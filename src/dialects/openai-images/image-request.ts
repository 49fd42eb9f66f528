import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type Dialect } from '../ports/dialect.js';
import { PassedFields, PassedRequest } from '../passed/passed-request.js';

const FIELDS = new PassedFields(['n']);
const N = FIELDS.indexOf('n');

/** Wire format: https://platform.openai.com/docs/api-reference/images/create */
export class ImageRequest extends PassedRequest {
  constructor(dialect: Dialect, body: Buffer, limits?: ScanLimits) {
    super(dialect, body, limits, FIELDS);
  }

  get replyCount(): number {
    return this.count(N) ?? 1;
  }
}
