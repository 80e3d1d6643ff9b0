import { InterpError } from '../errors.ts';
import { quote, readFields, type JsonObject } from '../json.ts';

/**
 * The constant factor of activation_scaler.json, which SAELens writes beside checkpoints whose weights do not hold it
 * yet; null when it states none. @throws sae/malformed, sae/unsupported (whitening)
 */
export function parseActivationScale(json: JsonObject, file: string): number | null {
  const fields = readFields(json, { file, code: 'sae/malformed' });
  const scale = fields.has('scaling_factor') ? fields.positiveNumber('scaling_factor', 1) : null;
  const others = fields.unread().filter((key) => json[key] !== null);
  if (others.length === 0) return scale;
  const message = `${file}: ${quote(others[0])} is set; of activation scalers only "scaling_factor" is computed.`;
  throw new InterpError('sae/unsupported', message, { data: { file, key: others[0] ?? '' } });
}
