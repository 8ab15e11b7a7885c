/** A value that is JSON already, as `JSON.stringify` writes it: an answer with it takes the text as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
