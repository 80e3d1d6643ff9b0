import * as vscode from 'vscode';
import { SETTINGS, type SettingKey } from './contributions.ts';

type Value<K extends SettingKey> = (typeof SETTINGS)[K] extends string
  ? string
  : (typeof SETTINGS)[K] extends number
    ? number
    : (typeof SETTINGS)[K] extends boolean
      ? boolean
      : readonly string[];

/** A setting's value, or its default when what is stored has another type. */
export function setting<K extends SettingKey>(key: K): Value<K> {
  const fallback = SETTINGS[key];
  const stored = vscode.workspace.getConfiguration('underglass').get<unknown>(key);
  const fits = Array.isArray(fallback)
    ? Array.isArray(stored) && stored.every((item) => typeof item === 'string')
    : typeof stored === typeof fallback;
  return (fits ? stored : fallback) as Value<K>;
}

/** Stores a person's choice where it takes effect: in the workspace when that sets it already, else for the person. */
export async function storeSetting(key: SettingKey, value: string | number | boolean): Promise<void> {
  const settings = vscode.workspace.getConfiguration('underglass');
  const { Workspace, Global } = vscode.ConfigurationTarget;
  const isOverridden = settings.inspect(key)?.workspaceValue !== undefined;
  await settings.update(key, value, isOverridden ? Workspace : Global);
}

export function onDidChangeSetting(key: SettingKey, listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`underglass.${key}`)) listener();
  });
}
