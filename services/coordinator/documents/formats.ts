// The formats of a bill: how each is asked for, and what makes its bytes.
import { HTML_RENDERER, TEXT_RENDERER } from '../../../core/mod.ts';
import { PDF_RENDERER } from './pdf/renderer.ts';

type FormatName = 'txt' | 'html' | 'pdf' | 'json';

export interface Format {
  /** Also its extension. */
  readonly name: FormatName;
  readonly mediaType: string;
  readonly contentType: string;
  /** What makes it, and the version of that; null for data as they are. */
  readonly renderer: string | null;
  /** Whether packing makes it smaller. */
  readonly isText: boolean;
}

/** The first is what somebody gets who has no wish. */
export const FORMATS: readonly Format[] = [
  {
    name: 'txt',
    mediaType: 'text/plain',
    contentType: 'text/plain; charset=utf-8',
    renderer: TEXT_RENDERER,
    isText: true,
  },
  {
    name: 'html',
    mediaType: 'text/html',
    contentType: 'text/html; charset=utf-8',
    renderer: HTML_RENDERER,
    isText: true,
  },
  {
    name: 'pdf',
    mediaType: 'application/pdf',
    contentType: 'application/pdf',
    renderer: PDF_RENDERER,
    isText: false,
  },
  {
    name: 'json',
    mediaType: 'application/json',
    contentType: 'application/json;charset=utf-8',
    renderer: null,
    isText: true,
  },
];

export const formatOf = (name: string): Format | undefined => FORMATS.find((format) => format.name === name);
