/**
 * The form of an answer that is one token, when adding or removing the space in front makes it one; null when none
 * does or the answer is one already.
 */
export function singleTokenForm(answer: string, isOne: (text: string) => boolean): string | null {
  const forms = [` ${answer}`, answer.trimStart(), ` ${answer.trim()}`, answer.trim()];
  return forms.find((form) => form !== answer && form.trim() !== '' && isOne(form)) ?? null;
}
