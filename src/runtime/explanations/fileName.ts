/** The name of a model or family for a file: letters, digits, `_`, `-` and dots that do not lead. */
export function fileName(name: string): string {
  return name.replace(/[^\w.-]+/gu, '_').replace(/^\.+/u, '_');
}

/** The id of a unit or record for a file: as `fileName`, and without dots. */
export function fileStem(id: string): string {
  return id.replace(/[^\w-]+/gu, '_');
}
