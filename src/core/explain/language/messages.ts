import type { LanguageCall } from '../explanation.ts';

export type Messages = LanguageCall['messages'];
export type Message = Messages[number];

export function system(content: string): Message {
  return { role: 'system', content };
}

export function user(content: string): Message {
  return { role: 'user', content };
}

export function assistant(content: string): Message {
  return { role: 'assistant', content };
}

/** Messages as one text, for servers that are asked about a text rather than for a reply. */
export function joinedText(messages: Messages): string {
  return messages.map(({ content }) => content).join('\n\n');
}

/** Characters of all messages. */
export function messageLength(messages: Messages): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}
