// A drawing of who sends what to whom: senders at the left, what they send in the middle, receivers at the right. Drawn here,
// so that it is there without JavaScript; it says nothing that the table beside it does not.
import type { Channel } from '../../system/wiring.ts';
import { type Html, html } from '../html.ts';
import { type Shape, shape } from './states.ts';

/** A service as a box of the drawing. */
export interface FlowNode {
  readonly name: string;
  readonly shape: Shape;
  /** Instances that are alive. */
  readonly count: number;
}

const WIDTH = 960;
const ROW = 40;
const BOX = { width: 236, height: 30 };
const PILL = { width: 228, height: 26 };
const MIDDLE = (WIDTH - PILL.width) / 2;
const RIGHT = WIDTH - BOX.width;
const ARROW = 7;
/** So many characters of a name fit. */
const NAME_MAX = 28;
const ROUNDS = 8;

interface Places {
  readonly left: ReadonlyMap<string, number>;
  readonly middle: ReadonlyMap<string, number>;
  readonly right: ReadonlyMap<string, number>;
  readonly height: number;
}

/** The drawing; `label` says what of, `middle` what goes between them. */
export function flow(
  nodes: readonly FlowNode[],
  channels: readonly Channel[],
  middle: string,
  label: string,
): Html {
  const places = placesOf(nodes, channels);
  const ids = new Map([...nodes, ...channels].map(({ name }, at) => [name, String(at)]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  const isGone = (name: string): boolean => nodes.some((each) => each.name === name && each.count === 0);
  const ways = channels.flatMap(({ name, senders, receivers }) => {
    const y = places.middle.get(name) ?? 0;
    const way = (service: string, path: string): Html =>
      html`<g class="way${isGone(service) ? ' is-away' : ''}" data-way="${idOf(service)} ${idOf(name)}">${path === '' ? null : html`<path d="${path}"/>`}</g>`;
    return [
      ...senders.map((each) => way(each, curve(BOX.width, places.left.get(each) ?? 0, MIDDLE, y))),
      ...receivers.map((each) =>
        way(each, curve(MIDDLE + PILL.width, y, RIGHT, places.right.get(each) ?? 0)),
      ),
    ];
  });
  const box = (x: number, of: ReadonlyMap<string, number>): readonly Html[] =>
    nodes.flatMap((node) => {
      const y = of.get(node.name);
      return y === undefined ? [] : [service(node, x, y, idOf(node.name))];
    });
  return html`<div class="scroll drawing" tabindex="0" role="region" aria-label="${label}: drawing">
<svg class="flow" viewBox="0 0 ${WIDTH} ${places.height}" role="img" aria-label="${label}. The table below says the same." data-flow>
<g class="heads"><text x="0" y="14">Sends</text><text x="${MIDDLE}" y="14">${middle}</text><text x="${RIGHT}" y="14">Receives</text></g>
${ways}${box(0, places.left)}${channels.map(({ name }) => pill(name, places.middle.get(name) ?? 0, idOf(name)))}${box(RIGHT, places.right)}</svg></div>`;
}

/** From one side to the other, with the point of an arrow. */
function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) * 0.5;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - ARROW} ${y2}M${x2 - ARROW} ${y2 - 4}L${x2} ${y2}L${x2 - ARROW} ${y2 + 4}`;
}

function service(node: FlowNode, x: number, y: number, id: string): Html {
  const top = y - BOX.height / 2;
  const more =
    node.count > 1
      ? html`<text class="times" x="${x + BOX.width - 10}" y="${y + 5}">×${node.count}</text>`
      : null;
  return html`<g class="box${node.count === 0 ? ' is-away' : ''}" data-node="${id}"><rect x="${x}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="7"/><g transform="translate(${x + 8} ${y - 8})">${shape(node.shape)}</g><text x="${x + 30}" y="${y + 5}">${fitting(node.name)}</text>${more}</g>`;
}

function pill(name: string, y: number, id: string): Html {
  return html`<g class="pill" data-node="${id}"><title>${name}</title><rect x="${MIDDLE}" y="${y - PILL.height / 2}" width="${PILL.width}" height="${PILL.height}" rx="${PILL.height / 2}"/><text x="${WIDTH / 2}" y="${y + 5}">${fitting(name)}</text></g>`;
}

const fitting = (name: string): string =>
  name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 1)}…`;

/** Where each stands, so that few arrows cross: each at about the mean height of those that it is tied to. */
function placesOf(nodes: readonly FlowNode[], channels: readonly Channel[]): Places {
  const named = (pick: (channel: Channel) => readonly string[]): readonly string[] =>
    nodes.map(({ name }) => name).filter((name) => channels.some((each) => pick(each).includes(name)));
  let left = named(({ senders }) => senders);
  let right = named(({ receivers }) => receivers);
  let middle: readonly string[] = channels.map(({ name }) => name);
  const rows = Math.max(left.length, middle.length, right.length, 1);
  const height = rows * ROW + 28;
  const spread = (names: readonly string[]): ReadonlyMap<string, number> => {
    const step = (rows * ROW) / Math.max(1, names.length);
    return new Map(names.map((name, at) => [name, round(28 + step * (at + 0.5))]));
  };
  for (let turn = 0; turn < ROUNDS; turn++) {
    const [lefts, middles, rights] = [spread(left), spread(middle), spread(right)];
    const ends = new Map(
      channels.map(({ name, senders, receivers }) => [
        name,
        [...heights(senders, lefts), ...heights(receivers, rights)],
      ]),
    );
    if (turn % 2 === 0) middle = byMean(middle, (name) => ends.get(name) ?? [], middles);
    else {
      const tied = (pick: (channel: Channel) => readonly string[]) => (name: string) =>
        heights(
          channels.filter((each) => pick(each).includes(name)).map((each) => each.name),
          middles,
        );
      left = byMean(
        left,
        tied(({ senders }) => senders),
        lefts,
      );
      right = byMean(
        right,
        tied(({ receivers }) => receivers),
        rights,
      );
    }
  }
  return { left: spread(left), middle: spread(middle), right: spread(right), height };
}

const round = (value: number): number => Math.round(value * 10) / 10;

function heights(names: readonly string[], of: ReadonlyMap<string, number>): readonly number[] {
  return names.flatMap((name) => of.get(name) ?? []);
}

function byMean(
  names: readonly string[],
  tiedTo: (name: string) => readonly number[],
  now: ReadonlyMap<string, number>,
): readonly string[] {
  const means = new Map(
    names.map((name) => {
      const all = tiedTo(name);
      const sum = all.reduce((total, each) => total + each, 0);
      return [name, all.length === 0 ? (now.get(name) ?? 0) : sum / all.length];
    }),
  );
  return [...names].sort((one, other) => (means.get(one) ?? 0) - (means.get(other) ?? 0));
}
