/** Finds secrets in whatever the operator wrote: by their value where they are known, and by the form that they have. */

/** Nothing of these forms is ever shown: private keys, JSON Web Tokens (IDTOKENs and service accounts), Keystone's tokens, user data. */
const FORMS: [what: string, form: RegExp][] = [
  ['a private key', /BEGIN [A-Z ]*PRIVATE KEY/],
  ['a JSON Web Token', /\beyJ[\w-]{8,}\.[\w-]+/],
  ['a token of Keystone', /\bgAAAA[\w-]{20,}/],
  ['user data', /I2Nsb3VkLWNvbmZpZ|Content-Type: multipart\/mixed/],
];
/** Shorter lines of a key or a file are no secret by themselves. */
const SHORTEST_LINE = 24;

export class SecretFinder {
  readonly #values = new Map<string, string>();

  /** From now on `value` is looked for; of several lines each that is long enough. */
  add(what: string, value: string): this {
    const lines = value.split('\n').map((line) => line.trim());
    const isOne = lines.length === 1;
    for (const line of lines) if (isOne || line.length >= SHORTEST_LINE) this.#values.set(line, what);
    return this;
  }

  /** What there is in `text`, with a little of what stands around it, the secret itself left out. */
  in(text: string): string[] {
    const values = [...this.#values].flatMap(([value, what]) => around(text, text.indexOf(value), value.length, what));
    const forms = FORMS.flatMap(([what, form]) => {
      const match = form.exec(text);
      return match ? around(text, match.index, match[0].length, what) : [];
    });
    return [...values, ...forms];
  }
}

function around(text: string, at: number, length: number, what: string): string[] {
  if (at < 0) return [];
  return [`${what} behind ${JSON.stringify(text.slice(Math.max(0, at - 60), at))} (${length} characters)`];
}
