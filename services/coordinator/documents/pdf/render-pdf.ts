// A bill as PDF: the same texts as the page of HTML, in the same order.
import {
  type Bill,
  type BillDocument,
  billDocument,
  type DocumentParty,
  NOTHING_BILLED,
  type RenderOptions,
} from '../../../../core/mod.ts';
import { openFaces } from './faces.ts';
import { PDF_RENDERER } from './renderer.ts';
import { ACCENT, INK, LEFT, LINE, RIGHT, Sheet, type SheetInfo, SOFT, WARNING } from './sheet.ts';
import { drawCharges, drawTaxes } from './tables.ts';
import type { Style } from './typesetter.ts';

const TITLE: Style = { size: 24, weight: 'regular', colour: ACCENT };
const NUMBER: Style = { size: 11, weight: 'regular', colour: INK };
const LABEL: Style = { size: 8, weight: 'regular', colour: SOFT };
const TEXT: Style = { size: 10, weight: 'regular', colour: INK };
const NAME: Style = { size: 10, weight: 'bold', colour: INK };
const SMALL: Style = { size: 8, weight: 'regular', colour: SOFT };
const DUE: Style = { size: 18, weight: 'bold', colour: ACCENT };
const LEADING = 15;
const COLUMN_GAP = 30;

/**
 * The bill as a PDF of A4 pages, with its fonts in it. The same bill makes the same bytes on every run: times in it are
 * those of the bill's date.
 */
export async function renderPdf(bill: Bill, options: RenderOptions = {}): Promise<Uint8Array> {
  const document = billDocument(bill, options);
  const { title, number, banner, from, facts, notes } = document;
  const info: SheetInfo = {
    title: `${title} ${number}`,
    author: from.name,
    producer: `Requite ${PDF_RENDERER}`,
    date: new Date(`${bill.billDate}T00:00:00Z`),
    watermark: banner === null ? null : title.toUpperCase(),
  };
  const sheet = new Sheet(info, await openFaces());
  drawTitle(sheet, document);
  drawParties(sheet, document);
  drawFacts(sheet, facts);
  if (document.lines.length === 0) drawNothing(sheet);
  else drawCharges(sheet, document);
  drawTaxes(sheet, document);
  drawDue(sheet, document);
  drawNotes(sheet, notes);
  return await sheet.end(`${title} ${number}`);
}

function drawTitle(sheet: Sheet, { title, number, banner }: BillDocument): void {
  const room = RIGHT - LEFT - sheet.set.width(title, TITLE) - COLUMN_GAP;
  sheet.y += 22;
  sheet.set.left(title, TITLE, LEFT, sheet.y);
  for (const [row, line] of sheet.set.lines(number, NUMBER, room).entries()) {
    if (row > 0) sheet.y += LEADING;
    sheet.set.right(line, NUMBER, RIGHT, sheet.y);
  }
  if (banner === null) return;
  sheet.y += 18;
  const top = sheet.y;
  const style: Style = { ...NAME, colour: WARNING };
  for (const line of sheet.set.lines(banner, style, RIGHT - LEFT - 14)) {
    sheet.y += LEADING;
    sheet.set.left(line, style, LEFT + 12, sheet.y - 3);
  }
  sheet.bar(top, WARNING);
}

/** One line of a party, in its style. */
interface StyledLine {
  readonly text: string;
  readonly style: Style;
}

function drawParties(sheet: Sheet, { from, to }: BillDocument): void {
  const width = (RIGHT - LEFT - COLUMN_GAP) / 2;
  const columns = [from, to].map((party) => partyLines(sheet, party, width));
  sheet.y += 32;
  for (let row = 0; row < Math.max(...columns.map(({ length }) => length)); row++) {
    sheet.need(LEADING);
    sheet.y += LEADING;
    for (const [at, lines] of columns.entries()) {
      const line = lines[row];
      if (line !== undefined)
        sheet.set.left(line.text, line.style, LEFT + at * (width + COLUMN_GAP), sheet.y);
    }
  }
}

function partyLines(sheet: Sheet, { heading, name, lines }: DocumentParty, width: number): StyledLine[] {
  const styled = [{ text: name, style: NAME }, ...lines.map((text) => ({ text, style: TEXT }))];
  const wrapped = styled.flatMap(({ text, style }) =>
    sheet.set.lines(text, style, width).map((line) => ({ text: line, style })),
  );
  return [{ text: heading, style: LABEL }, ...wrapped];
}

function drawFacts(sheet: Sheet, facts: BillDocument['facts']): void {
  const width = (RIGHT - LEFT) / facts.length;
  const columns = facts.map(({ label, value }) => ({
    label,
    lines: sheet.set.lines(value, TEXT, width - 12),
  }));
  const rows = Math.max(...columns.map(({ lines }) => lines.length));
  sheet.y += 26;
  sheet.need((rows + 1) * LEADING);
  const top = sheet.y + LEADING;
  for (const [at, { label, lines }] of columns.entries()) {
    const x = LEFT + at * width;
    sheet.set.left(label, LABEL, x, top);
    for (const [row, line] of lines.entries()) sheet.set.left(line, TEXT, x, top + (row + 1) * LEADING);
  }
  sheet.y = top + rows * LEADING;
  sheet.y += 28;
}

function drawNothing(sheet: Sheet): void {
  sheet.rule(LEFT, RIGHT, LINE);
  sheet.y += 22;
  sheet.set.left(NOTHING_BILLED, { ...TEXT, colour: SOFT }, LEFT, sheet.y);
  sheet.y += 14;
  sheet.rule(LEFT, RIGHT, LINE);
}

function drawDue(sheet: Sheet, { due }: BillDocument): void {
  sheet.need(50);
  sheet.y += 16;
  const amount = sheet.set.width(due.value, DUE);
  const label: Style = { ...TEXT, size: 11 };
  const width = Math.max(230, amount + sheet.set.width(due.label, label) + COLUMN_GAP);
  sheet.rule(RIGHT - width, RIGHT, ACCENT, 1.5);
  sheet.y += 26;
  sheet.set.left(due.label, label, RIGHT - width, sheet.y);
  sheet.set.right(due.value, DUE, RIGHT, sheet.y);
}

function drawNotes(sheet: Sheet, notes: readonly string[]): void {
  sheet.y += 30;
  for (const [at, note] of notes.entries()) {
    const style = at === 0 ? TEXT : SMALL;
    const leading = at === 0 ? LEADING : 12;
    const lines = sheet.set.lines(note, style, at === 0 ? RIGHT - LEFT : 400);
    sheet.need(lines.length * leading);
    for (const line of lines) {
      sheet.y += leading;
      sheet.set.left(line, style, LEFT, sheet.y);
    }
    sheet.y += 6;
  }
}
