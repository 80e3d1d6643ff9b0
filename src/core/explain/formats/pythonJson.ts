/** A string, or a number that Python writes and JSON does not know. */
const STRING_OR_ODD = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs;

/**
 * JSON as Python writes it: a score that is not defined is `NaN` there, and null here. What is JSON already is parsed
 * as it is. @throws SyntaxError
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(STRING_OR_ODD, (found) => (found.startsWith('"') ? found : 'null')));
  }
}
