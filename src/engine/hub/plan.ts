import type { PublishedSae } from '../../core/hub/publishedSae.ts';
import type { SaeLayout } from '../../core/hub/repositoryFiles.ts';
import type { HubTarget } from '../../core/hub/target.ts';
import type { HubChoice } from '../../protocol/hubContract.ts';
import type { Digest } from '../../runtime/hub/digest.ts';

/** A file of what is added: where it comes from, and what it must be. */
export interface PlanFile {
  /** Its name in the installed folder. */
  readonly path: string;
  readonly bytes: number | null;
  readonly from:
    | { readonly kind: 'remote'; readonly url: string }
    | { readonly kind: 'cached' | 'local'; readonly file: string };
  readonly pinned: { readonly bytes: number | null; readonly sha256: string | null };
  readonly listed: { readonly bytes: number | null; readonly digest: Digest | null };
}

/** How a SAE's folder is to be read. */
export interface PlanSae {
  /** Name of its folder; of published ones `layer-set`. */
  readonly name: string;
  readonly published: PublishedSae | null;
  readonly layout: SaeLayout;
  /** Names in the installed folder. */
  readonly weights: string;
  readonly config: string | null;
  readonly hook_name: string | null;
  readonly d_sae: number | null;
}

/** A SAE of the table, as a text names it. */
export type WantedSae = Omit<Extract<HubTarget, { readonly kind: 'sae' }>, 'kind'>;

/** One model or SAE, every file of it found. */
export interface Plan {
  readonly kind: 'model' | 'sae';
  /** Text that means exactly this. */
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly sae: PlanSae | null;
  readonly source: string;
  readonly revision: string | null;
  readonly licence: string | null;
  readonly files: readonly PlanFile[];
  readonly latent: number | null;
  readonly notes: readonly string[];
}

/** What a text means once hosts and folders were looked into. */
export type Resolved =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'choices'; readonly of: string; readonly choices: readonly HubChoice[] };
