import { NAMES } from '../lexicon/names.ts';
import { inSplit, pairSplit } from '../split.ts';
import type { KindContext } from '../document.ts';

/** Greetings and common phrases by language; every fifth of each list is held out. */
export const PHRASES: Readonly<Record<string, readonly string[]>> = {
  english: [
    'Hello, how are you',
    'Good morning',
    'Good night',
    'Thank you very much',
    'See you tomorrow',
    'Where is the station',
    'My name is',
    'I do not know',
    'How much is the bread',
    'Good evening, my friend',
  ],
  french: [
    'Bonjour, comment allez-vous',
    'Bonne nuit',
    'Merci beaucoup',
    'Au revoir, mon ami',
    'Bonsoir, mon ami',
    'Je ne sais pas',
    'Il fait froid',
    'Ou est la gare',
    'Je suis tres content',
    'Je suis dans la maison',
  ],
  german: [
    'Guten Morgen',
    'Guten Tag, wie geht es dir',
    'Gute Nacht',
    'Vielen Dank',
    'Guten Abend, mein Freund',
    'Ich weiss es nicht',
    'Wo ist der Bahnhof',
    'Es ist kalt',
    'Auf Wiedersehen',
    'Ich bin in dem Haus',
  ],
  spanish: [
    'Buenos dias',
    'Hola, como estas',
    'Buenas noches',
    'Muchas gracias',
    'Buenas noches, amigo',
    'Hasta luego, amigo',
    'No lo se',
    'Donde esta la casa',
    'Hace mucho frio',
    'Muchas gracias, senor',
  ],
  italian: [
    'Buongiorno, come stai',
    'Buona sera',
    'Buona notte',
    'Grazie mille',
    'Buona sera, amico',
    'Arrivederci',
    'Non lo so',
    'Dove si trova la stazione',
    'Fa molto freddo',
    'Grazie mille, amico',
  ],
  latin: [
    'Salve, amice',
    'Quid agis hodie',
    'Gratias tibi ago',
    'Vale, magister',
    'Salve, magister',
    'Cogito ergo sum',
    'Carpe diem',
    'Alea iacta est',
    'Veni vidi vici',
    'Gratias tibi ago, amice',
  ],
};

const CODES = Object.keys(PHRASES);

/** Writes greetings in one language, or the same moment in several with the language named before each. */
export function writeGreetings({ writer, rng, split }: KindContext): void {
  const mixed = rng.chance(0.4);
  const count = rng.between(2, 5);
  const main = rng.pick(CODES);
  for (let i = 0; i < count; i++) {
    const language = mixed ? rng.pick(CODES) : main;
    const phrase = rng.pick(inSplit(PHRASES[language] ?? [], split));
    if (i > 0) writer.say(rng.pick([' ', '\n']));
    if (mixed) writer.say(language.charAt(0).toUpperCase() + language.slice(1), 'language.label').say(': ');
    writer.within([`in.${language}`], () => {
      writer.say(phrase);
      if (rng.chance(0.4)) {
        let name = rng.pick(NAMES);
        while (pairSplit(phrase, name) !== split) name = rng.pick(NAMES);
        writer.say(', ').say(name, 'greeting.name');
      }
      writer.say(rng.pick(['.', '!']));
    });
  }
}
