/** Keys of the SAE part of cfg.json that do not change what is computed. The weights carry their own dtype. */
export const SAE_HARMLESS: ReadonlySet<string> = new Set(['dtype', 'device', 'activation_fn']);

/**
 * Keys of the metadata (v6) or of the flat form that only say how the SAE was trained or where it came from.
 * Source: SAELens' LanguageModelSAERunnerConfig v2 to v5 and SAEMetadata v6.
 */
export const METADATA_HARMLESS: ReadonlySet<string> = new Set([
  // Where it came from.
  ...['sae_lens_version', 'sae_lens_training_version', 'model_class_name', 'model_kwargs', 'neuronpedia_id'],
  ...['release', 'sae_id', 'hf_hook_name', 'run_name', 'checkpoint_path', 'from_pretrained_path', 'verbose'],
  ...['training_architecture', 'training_architecture_details'],
  ...['training_progress', 'llm_batch_size', 'output_path', 'save_final_checkpoint', 'sparsity_path'],
  // What text it was trained on, and in which pieces.
  ...['dataset_path', 'dataset_trust_remote_code', 'streaming', 'is_dataset_tokenized', 'hook_eval'],
  ...['use_cached_activations', 'cached_activations_path', 'new_cached_activations_path', 'seqpos_slice'],
  ...[
    'sequence_separator_token',
    'disable_concat_sequences',
    'exclude_special_tokens',
    'n_batches_in_buffer',
  ],
  ...['training_tokens', 'finetuning_tokens', 'store_batch_size_prompts', 'store_batch_size'],
  ...['train_batch_size', 'train_batch_size_tokens', 'tokens_per_buffer', 'total_training_tokens'],
  // How it was trained.
  ...['b_dec_init_method', 'expansion_factor', 'activation_fn_kwargs', 'normalize_sae_decoder', 'noise'],
  ...[
    'decoder_orthogonal_init',
    'decoder_heuristic_init',
    'decoder_heuristic_init_norm',
    'decoder_init_norm',
  ],
  ...[
    'init_encoder_as_decoder_transpose',
    'act_store_device',
    'seed',
    'autocast',
    'autocast_lm',
    'compile_llm',
  ],
  ...['llm_compilation_mode', 'compile_sae', 'sae_compilation_mode', 'adam_beta1', 'adam_beta2', 'optimizer'],
  ...['mse_loss_normalization', 'l1_coefficient', 'lp_norm', 'scale_sparsity_penalty_by_decoder_norm'],
  ...['l1_warm_up_steps', 'lr', 'lr_scheduler_name', 'lr_warm_up_steps', 'lr_end', 'lr_decay_steps'],
  ...[
    'n_restart_cycles',
    'finetuning_method',
    'use_ghost_grads',
    'feature_sampling_window',
    'l0_coefficient',
  ],
  ...['l0_warm_up_steps', 'dead_feature_window', 'dead_feature_threshold', 'dead_feature_estimation_method'],
  ...['jumprelu_init_threshold', 'jumprelu_bandwidth', 'aux_loss_coefficient', 'loss_type'],
  // How it was measured and logged.
  ...['n_eval_batches', 'eval_batch_size_prompts', 'log_to_wandb', 'log_activations_store_to_wandb'],
  ...['log_optimizer_state_to_wandb', 'wandb_project', 'wandb_id', 'wandb_entity', 'wandb_log_frequency'],
  ...['eval_every_n_wandb_logs', 'n_checkpoints', 'resume', 'log_tensors_stats', 'n_running_sparsity'],
]);
