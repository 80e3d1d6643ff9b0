import { parseHubUrl } from '../core/hub/parseHubUrl.ts';

/** What an id names. */
interface QualifiedId {
  /** Undefined = the id does not say. */
  readonly model: string | undefined;
  /** The id within its model. */
  readonly id: string;
}

/** `model/6-res-jb`, `model/6-res-jb/650`, `model/L3N12`; the model may be `org/name`. */
const QUALIFIED = /^(?<model>.+?)\/(?<id>\d+-[^/]+(?:\/\d+)?|L\d+[HN]\d+)$/;
/** Neuronpedia's other form: `gpt2-small@6-res-jb:650`. */
const AT = /^(?<model>[\w.-]+)@(?<sae>\d+-[\w.-]+):(?<latent>\d+)$/;

/** The model apart from the id of a SAE or unit: as lists here show it, and Neuronpedia's ids and addresses. @throws hub/unknown */
export function splitQualified(typed: string): QualifiedId {
  const target = /^https?:/i.test(typed) ? parseHubUrl(typed) : null;
  const plain = (target?.kind === 'id' ? target.id : typed).replace(AT, '$<model>/$<sae>/$<latent>');
  const parts = QUALIFIED.exec(plain)?.groups;
  return parts ? { model: parts['model'], id: parts['id'] ?? plain } : { model: undefined, id: plain };
}
