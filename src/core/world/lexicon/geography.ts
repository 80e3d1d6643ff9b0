/** A country, its capital and its people's language; all single words. */
export interface Country {
  readonly country: string;
  readonly capital: string;
  readonly language: string;
}

/** Countries whose name and capital are single words. */
export const COUNTRIES: readonly Country[] = `France Paris French
Germany Berlin German
Italy Rome Italian
Spain Madrid Spanish
Portugal Lisbon Portuguese
England London English
Ireland Dublin Irish
Austria Vienna German
Belgium Brussels French
Denmark Copenhagen Danish
Sweden Stockholm Swedish
Norway Oslo Norwegian
Finland Helsinki Finnish
Poland Warsaw Polish
Hungary Budapest Hungarian
Greece Athens Greek
Turkey Ankara Turkish
Russia Moscow Russian
Ukraine Kyiv Ukrainian
Japan Tokyo Japanese
China Beijing Chinese
Egypt Cairo Arabic
Kenya Nairobi Swahili
Canada Ottawa English
Cuba Havana Spanish
Peru Lima Spanish
Chile Santiago Spanish
Iran Tehran Persian
Iraq Baghdad Arabic
Syria Damascus Arabic
Thailand Bangkok Thai
Vietnam Hanoi Vietnamese
Croatia Zagreb Croatian
Serbia Belgrade Serbian
Bulgaria Sofia Bulgarian
Romania Bucharest Romanian
Latvia Riga Latvian
Estonia Tallinn Estonian
Iceland Reykjavik Icelandic
Morocco Rabat Arabic
Ghana Accra English
Nepal Kathmandu Nepali
Nigeria Abuja English
Scotland Edinburgh English
Australia Canberra English
Qatar Doha Arabic
Lebanon Beirut Arabic`
  .split('\n')
  .map((line) => {
    const [country = '', capital = '', language = ''] = line.split(' ');
    return { country, capital, language };
  });

/** The languages spoken in the world's countries. */
export const LANGUAGES: readonly string[] = [...new Set(COUNTRIES.map((entry) => entry.language))];
