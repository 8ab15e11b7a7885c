import { expect, test } from 'bun:test';
import { negotiated } from '../../../../services/coordinator/documents/accept.ts';

const OFFERED = ['text/plain', 'text/html', 'application/pdf', 'application/json'];
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

const cases: [header: string | null, chosen: string | null, why: string][] = [
  [null, 'text/plain', 'no header: what is offered first'],
  ['', 'text/plain', 'an empty header'],
  ['*/*', 'text/plain', 'anything'],
  [BROWSER, 'text/html', 'a browser'],
  ['application/pdf', 'application/pdf', 'one type'],
  ['APPLICATION/PDF', 'application/pdf', 'case does not matter'],
  ['text/*', 'text/plain', 'a kind: what is offered first of it'],
  ['application/*', 'application/pdf', 'another kind'],
  ['image/png', null, 'nothing that is offered'],
  ['text/plain;q=0', null, 'a refused type alone'],
  ['text/plain;q=0, */*', 'text/html', 'anything but'],
  ['*/*;q=0, application/json;q=0.1', 'application/json', 'nothing but'],
  ['text/*;q=0, */*;q=0.5', 'application/pdf', 'a kind refused, anything else'],
  ['text/*;q=0.9, text/html;q=0.1, */*;q=0.5', 'text/plain', 'the more precise range gives the weight'],
  ['text/html;q=0.5, application/pdf;q=0.8', 'application/pdf', 'the greater weight'],
  ['application/json, text/plain, */*', 'application/json', 'of equals the one that is named first'],
  ['*/*, application/pdf', 'application/pdf', 'of equals the one that is named more precisely'],
  ['text/html;level=1', null, 'a parameter that ours has not'],
  ['text/html;level=1, text/html;q=0.4', 'text/html', 'beside one without'],
  ['text/html;charset=utf-8', 'text/html', 'the charset that ours has'],
  ['text/html;charset="UTF-8";q=0.5, text/plain;q=0.4', 'text/html', 'the same, quoted'],
  ['text/html;charset=latin1', null, 'a charset that ours has not'],
  ['text/html;q=0.9999', null, 'a weight with too many digits is none'],
  ['text/html;q=2', null, 'a weight above one is none'],
  ['text/html;q=-1, text/plain;q=0.1', 'text/plain', 'nor is one below zero'],
  ['text/html ; q=0.2 , application/pdf ; q=0.3', 'application/pdf', 'blanks are allowed'],
  [',,application/pdf,', 'application/pdf', 'so are empty elements'],
  ['text/plain;a="x,text/html", application/pdf;q=0.1', 'application/pdf', 'a comma in quotes parts nothing'],
  ['text/plain;a="\\"", application/pdf;q=0.1', 'application/pdf', 'nor does an escaped quote end them'],
  ['html', null, 'no media range at all'],
  ['*/plain', null, 'any type of one subtype is no range'],
];

for (const [header, chosen, why] of cases) {
  test(`Accept: ${header ?? '(none)'} gives ${chosen ?? 'nothing'} (${why})`, () => {
    expect(negotiated(header, OFFERED)).toBe(chosen);
  });
}

test('only the beginning of an endless header is read', () => {
  expect(negotiated(`application/pdf,${'text/html,'.repeat(10_000)}`, OFFERED)).toBe('application/pdf');
});
