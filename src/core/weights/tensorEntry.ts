/** Number types of weights on disk that the engine runs. */
export type WeightDtype = 'F32' | 'F16' | 'BF16';

/** Where one tensor lies on disk. `offset` counts from the start of the file, in bytes. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: WeightDtype;
  readonly shape: readonly number[];
  /** Absolute real path (symbolic links resolved: ONNX Runtime refuses links that leave the folder). */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}
