import type { KnownModel } from './models.ts';
import type { PublishedSae, SaeRelease } from './publishedSae.ts';

/** A place in a Hugging Face repository. */
export interface HubPlace {
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Folder or file within it; '' = its top. */
  readonly path: string;
}

/** What a typed text means. */
export type HubTarget =
  /** `revision` = null: the pinned one. */
  | { readonly kind: 'model'; readonly model: KnownModel; readonly revision: string | null }
  /** `revision`: the commit that was named; absent = what the host has now. */
  | {
      readonly kind: 'sae';
      readonly sae: PublishedSae;
      readonly latent: number | null;
      readonly revision?: string;
    }
  | { readonly kind: 'release'; readonly release: SaeRelease }
  | { readonly kind: 'repository'; readonly place: HubPlace }
  /** A `.pt` file of OpenAI's storage that is in no table. */
  | { readonly kind: 'blob'; readonly url: string }
  | { readonly kind: 'folder'; readonly path: string };
