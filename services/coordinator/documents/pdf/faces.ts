// The typefaces of the PDF. None has every script, so that there is an order in which they are asked.
import { create, type Font } from 'fontkit';
import { unpackWoff } from './woff.ts';

/** How heavy text is set. */
export type Weight = 'regular' | 'bold';

/** A typeface: the font of each weight. */
export interface Face {
  readonly name: string;
  readonly fonts: Readonly<Record<Weight, Font>>;
  /** The last resort draws each character by itself: nothing joins, nothing is turned. */
  readonly isLastResort: boolean;
}

interface FaceFiles {
  readonly name: string;
  /** The URL of a module of the package; the files are told from it. */
  readonly base: string;
  readonly regular: string;
  readonly bold?: string;
}

const FACES: readonly FaceFiles[] = [
  {
    name: 'sans',
    base: import.meta.resolve('@embedpdf/fonts-latin'),
    regular: '../fonts/NotoSans-Regular.ttf',
    bold: '../fonts/NotoSans-SemiBold.ttf',
  },
  {
    name: 'hebrew',
    base: import.meta.resolve('@embedpdf/fonts-hebrew'),
    regular: '../fonts/NotoSansHebrew-Regular.ttf',
    bold: '../fonts/NotoSansHebrew-Bold.ttf',
  },
  {
    name: 'arabic',
    base: import.meta.resolve('@embedpdf/fonts-arabic'),
    regular: '../fonts/NotoNaskhArabic-Regular.ttf',
    bold: '../fonts/NotoNaskhArabic-Bold.ttf',
  },
  {
    name: 'emoji',
    base: import.meta.resolve('@expo-google-fonts/noto-emoji/400Regular'),
    regular: './NotoEmoji_400Regular.ttf',
  },
];
const LAST_RESORT: string = import.meta.resolve('@fontsource/unifont/files/unifont-latin-400-normal.woff');

let opened: Promise<readonly Face[]> | undefined;

/**
 * The typefaces, in the order in which they are asked, read once a process. Noto Sans has Latin, Greek, Cyrillic and
 * Devanagari. GNU Unifont has most else of Unicode's first plane (Han, Kana and Hangul among it) in 3 MB, drawn on a grid
 * of 16 dots: plain, but it can be read.
 */
export function openFaces(): Promise<readonly Face[]> {
  opened ??= readFaces();
  return opened;
}

async function readFaces(): Promise<readonly Face[]> {
  const faces = await Promise.all(FACES.map(readFace));
  const packed = await Bun.file(new URL(LAST_RESORT)).bytes();
  const unifont = create(await unpackWoff(packed));
  return [...faces, { name: 'unifont', fonts: { regular: unifont, bold: unifont }, isLastResort: true }];
}

async function readFace({ name, base, regular, bold }: FaceFiles): Promise<Face> {
  const read = async (path: string): Promise<Font> => create(await Bun.file(new URL(path, base)).bytes());
  const light = await read(regular);
  return {
    name,
    fonts: { regular: light, bold: bold === undefined ? light : await read(bold) },
    isLastResort: false,
  };
}

/**
 * The font as one document takes it: it shares the tables that were read, but has glyphs of its own. A glyph remembers
 * the first text that it was drawn for, which would else be told by every document after that one.
 */
export function fontForDocument(font: Font): Font {
  return Object.assign(Object.create(font) as Font, { _glyphs: {} });
}
