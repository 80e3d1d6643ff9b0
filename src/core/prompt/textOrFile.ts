/** One line that ends like a text file's name: `corrupted.prompt`, `texts/reference.txt`. */
const FILE_NAME = /^[^\n\r]*[^\s/\\]\.(?:prompt|txt|text|md)$/i;

/**
 * Whether a value of `corrupted` or `reference` names a file rather than being the text itself. Decided by its form
 * alone, so that a prompt means the same on every machine.
 */
export function namesFile(value: string): boolean {
  return FILE_NAME.test(value) && value === value.trim();
}
