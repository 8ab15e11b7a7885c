/** Format and version of these bytes. It changes with any change of any bill's bytes, a font's or pdfkit's among them. */
export const PDF_RENDERER = 'pdf/1';
