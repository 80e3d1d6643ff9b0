/** A file of what is added. */
export interface HubFile {
  readonly path: string;
  /** Null = the host does not say. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** `local`: in a folder that was named; `cached`: in Hugging Face's cache; both are used where they lie. */
  readonly state: 'absent' | 'partial' | 'fetched' | 'cached' | 'local';
}

/** What is known of a published SAE before it is opened. */
export interface HubSae {
  /** `layer-set`. */
  readonly id: string;
  readonly release: string | null;
  readonly hook_name: string | null;
  readonly d_sae: number | null;
  /** Applied to activations as its release asks. */
  readonly center: boolean;
  readonly scale: number | null;
  readonly prepend_bos: boolean | null;
  readonly context_size: number | null;
  /** As published. */
  readonly l0: number | null;
  readonly explained_variance: number | null;
  readonly neuronpedia: string | null;
}

/** One model or SAE that could be added. */
export interface HubFound {
  readonly kind: 'model' | 'sae';
  /** Text that means exactly this. */
  readonly id: string;
  readonly title: string;
  /** The model, or the model that the SAE belongs to: the name of its folder. */
  readonly model: string;
  /** Where it comes from: an address without revision, or a folder. */
  readonly source: string;
  /** Commit; null = not of a repository. */
  readonly revision: string | null;
  /** Null = none is stated. */
  readonly licence: string | null;
  readonly files: readonly HubFile[];
  readonly bytes: number;
  /** What is not here yet. */
  readonly downloadBytes: number;
  /** Free where it would be written; null = not told. */
  readonly freeBytes: number | null;
  /** Where it would be, or is. */
  readonly folder: string;
  readonly isInstalled: boolean;
  readonly sae: HubSae | null;
  /** Unit that was asked for: `6-res-jb/650`. */
  readonly unit: string | null;
  /** Plain sentences. */
  readonly notes: readonly string[];
}

/** One of several that a text may mean. */
export interface HubChoice {
  readonly id: string;
  readonly title: string;
  readonly bytes: number | null;
}

/** What a typed text means: one thing, or a choice. */
export interface HubFind {
  /** Null when one of the choices must be named. */
  readonly found: HubFound | null;
  readonly choices: readonly HubChoice[];
}

/** A model or SAE that was added. */
export interface HubInstalled {
  readonly kind: 'model' | 'sae';
  /** `gpt2-small`, or `gpt2-small/6-res-jb` for a SAE. */
  readonly id: string;
  readonly model: string;
  readonly folder: string;
  readonly source: string;
  readonly revision: string | null;
  readonly licence: string | null;
  /** On this disk for it alone; what is used where it lies counts 0. */
  readonly bytes: number;
  readonly files: readonly HubInstalledFile[];
  readonly added: string;
  /** Text that adds the same again, at its commit. */
  readonly text: string;
  /** Why it cannot be used any more; null = all files are there. */
  readonly problem: string | null;
}

/** A file of something that was added, and what proved its content. */
export interface HubInstalledFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What the content was compared with: a published digest, or its length alone. */
  readonly checked: 'sha256' | 'git' | 'md5' | 'length' | 'not';
  /** Where it lies, when it is used there; null = here. */
  readonly linked: string | null;
}

/** What was begun and is not whole: paused, failed, or under way now. */
export interface HubUnfinished {
  readonly kind: 'model' | 'sae';
  /** As HubInstalled has it. */
  readonly id: string;
  readonly title: string;
  readonly model: string;
  /** Text that goes on with it; null = it was begun by an older version and can only be removed. */
  readonly text: string | null;
  /** Bytes here, and of the whole; 0 = not known. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Whether a process that lives works at it. */
  readonly isRunning: boolean;
}

/** `text` as typed; `model` names the model of a SAE that does not say it itself. */
export interface HubQuery {
  readonly text: string;
  readonly model: string | null;
}

/** Adding models and SAEs. Nothing is downloaded but by `hub/add`; `hub/find` asks hosts for lists and sizes only. */
export interface EngineHub {
  /** @throws hub/* */
  'hub/find': { params: HubQuery; result: HubFind };
  /**
   * Downloads and installs, or goes on with what was begun. Progress is in bytes. Cancelling pauses it.
   * @throws hub/*, file/unwritable
   */
  'hub/add': { params: HubQuery; result: HubInstalled };
  'hub/unfinished': { params: Record<string, never>; result: readonly HubUnfinished[] };
  'hub/installed': { params: Record<string, never>; result: readonly HubInstalled[] };
  /**
   * Reads what was added, and drops files whose content is not what it was: `hub/add` then fetches what is missing, and
   * uses what is there. Progress is in bytes. @throws hub/not-installed, hub/busy
   */
  'hub/recheck': { params: { id: string }; result: HubInstalled };
  /** Removes a model with its SAEs, or a SAE, or what is here of an unfinished one. @throws hub/not-installed */
  'hub/remove': { params: { id: string }; result: { readonly bytes: number } };
}
