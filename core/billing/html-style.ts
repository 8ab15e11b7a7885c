// How a bill looks as a page. It is one text for all bills, so that one hash in a Content-Security-Policy allows it.

/** The whole style of `renderBillHtml`, as it stands between `<style>` and `</style>`. No URL is in it. */
export const HTML_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --desk: #f3f2ef; --ink: #1d1d1f; --soft: #63636a; --line: #dddbd5; --accent: #1f4e5f;
  --warn-ink: #7a3b00; --warn: #fdf1e1;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #1b1c1f; --desk: #121315; --ink: #ececea; --soft: #a3a3a8; --line: #37383d; --accent: #8cc7dc;
    --warn-ink: #ffcf94; --warn: #3a2a16;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--desk); color: var(--ink);
  font: 400 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: lining-nums tabular-nums; overflow-wrap: anywhere;
}
main {
  position: relative; max-width: 52rem; margin: 3rem auto; padding: 4rem 4.5rem; background: var(--paper);
  border-radius: 3px; box-shadow: 0 1px 2px rgb(0 0 0 / 8%), 0 12px 40px rgb(0 0 0 / 8%);
}
h1, h2, p, dl, dd, table { margin: 0; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: .5rem 2rem; }
h1 { font-size: 2.1rem; font-weight: 300; line-height: 1.15; letter-spacing: -.01em; color: var(--accent); }
.number { max-width: 100%; font-size: 1.05rem; text-align: right; }
.banner {
  margin-top: 1.75rem; padding: .7rem 1rem; border-left: 3px solid var(--warn-ink); background: var(--warn);
  color: var(--warn-ink); font-weight: 600;
}
.watermark {
  position: fixed; z-index: 1; inset: 0; display: grid; place-content: center; pointer-events: none; overflow: hidden;
  font-size: clamp(3.5rem, 17vw, 9rem); font-weight: 700; letter-spacing: .08em; text-transform: uppercase;
  color: var(--warn-ink); opacity: .08;
}
.watermark span { rotate: -30deg; }
h2, dt, thead th { font-size: .76rem; font-weight: 500; line-height: 1.4; letter-spacing: .02em; color: var(--soft); }
.parties { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem 3rem; margin-top: 3rem; }
.parties h2 { margin-bottom: .35rem; }
.parties div { text-align: left; }
.name { font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(4, auto); justify-content: space-between; gap: 1rem 2rem; margin-top: 2.75rem; }
dd { min-width: 0; }
table { width: 100%; border-collapse: collapse; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .6rem 0 .6rem 1.25rem; text-align: right; vertical-align: baseline; font-weight: 400; }
th:first-child { padding-left: 0; text-align: left; }
thead th { padding-top: .35rem; padding-bottom: .35rem; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody tr > * { border-bottom: 1px solid var(--line); }
td, .due dd, .taxes th { white-space: nowrap; }
td .unit { color: var(--soft); }
.charges { margin-top: 3rem; }
.charges td:last-child { font-weight: 500; }
.nothing { margin-top: 3rem; padding: 1.25rem 0; border-block: 1px solid var(--line); color: var(--soft); }
.sums { display: flex; flex-direction: column; align-items: flex-end; margin-top: 2.25rem; break-inside: avoid; }
.taxes { width: auto; min-width: min(100%, 24rem); font-size: .93rem; }
.taxes th, .taxes td { padding-block: .3rem; }
.taxes tbody tr > * { border-bottom: 0; }
.taxes tfoot tr > * { border-top: 1px solid var(--line); }
.due {
  display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 2rem;
  min-width: min(100%, 24rem); margin-top: 1rem; padding-top: .9rem; border-top: 2px solid var(--accent);
}
.due dt { font-size: 1rem; color: var(--ink); letter-spacing: 0; }
.due dd { font-size: 1.7rem; font-weight: 600; line-height: 1.2; letter-spacing: -.01em; color: var(--accent); }
.notes { margin-top: 3.25rem; break-inside: avoid; }
.notes p + p { margin-top: .75rem; max-width: 40rem; font-size: .8rem; color: var(--soft); }
@media screen and (max-width: 44rem) {
  main { margin: 0; padding: 2rem 1.25rem 2.5rem; border-radius: 0; box-shadow: none; min-height: 100vh; }
  .number { text-align: left; }
  .parties { grid-template-columns: 1fr; gap: 1.5rem; margin-top: 2rem; }
  .facts { grid-template-columns: 1fr 1fr; justify-content: stretch; }
  .charges thead th:nth-child(n + 2):nth-child(-n + 4) { display: none; }
  .charges tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  .charges thead tr { padding: .35rem 0; border-bottom-color: var(--ink); }
  .charges tr > * { padding: 0; border: 0; }
  .charges tbody th { flex: 0 0 100%; font-weight: 500; }
  .charges td { font-size: .87rem; color: var(--soft); }
  .charges td:nth-child(3)::before { content: "\\d7\\a0"; }
  .charges td:nth-child(4)::before { content: "\\b7\\a0"; }
  .charges td:nth-child(4)::after { content: "\\a0%"; }
  .charges tr > :last-child { margin-left: auto; }
  .charges td:last-child { color: var(--ink); font-size: 1rem; }
  .taxes th:not(:first-child), .taxes td { padding-left: .75rem; }
  .sums { align-items: stretch; overflow-x: auto; }
}
@page { margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #63636a; } }
@media print {
  :root { color-scheme: only light; }
  body { background: none; font-size: 10pt; }
  main { max-width: none; margin: 0; padding: 0; border-radius: 0; box-shadow: none; }
  .banner { border: 1pt solid var(--warn-ink); background: none; }
  .charges, .nothing, .parties, .facts { margin-top: 9mm; }
  .charges th, .charges td { padding-block: .42rem; }
  thead { display: table-header-group; }
  tr, .parties > section { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;
