// The sample catalogue: what the sample warehouse has stock of, as a shop would show it.
import type { ProductContent } from '../../core/mod.ts';

type Sample = readonly [sku: string, name: string, unitPrice: string, description: string, tags: string];

const samples: readonly Sample[] = [
  [
    'JUMPERS',
    'Wool jumper',
    '75.00',
    'Knitted from lambswool, ribbed at neck and cuffs.',
    'knitwear wool winter',
  ],
  [
    'UNDERPANTS',
    'Cotton underpants',
    '12.50',
    'Soft, plain, and no seam where it matters.',
    'underwear cotton',
  ],
  ['STOCKINGS', 'Stockings', '9.95', 'Sheer, with a reinforced toe.', 'underwear'],
  ['SOCKS', 'Cotton socks', '6.90', 'One pair; the left one fits the right foot too.', 'underwear cotton'],
  ['SCARVES', 'Lambswool scarf', '24.00', 'Two metres, fringed.', 'knitwear wool winter accessories'],
  ['MITTENS', 'Mittens', '18.50', 'Lined with fleece, on a string.', 'winter accessories'],
  ['BEANIES', 'Beanie', '19.90', 'Merino, one size for most heads.', 'knitwear wool winter accessories'],
  [
    'RAINCOATS',
    'Raincoat',
    '129.00',
    'Waxed cotton, with a hood that stays on in the wind.',
    'outerwear rain',
  ],
  ['WELLINGTONS', 'Wellington boots', '59.00', 'Natural rubber, up to the knee.', 'shoes rain'],
  ['CARDIGANS', 'Cardigan', '89.00', 'Merino, seven horn buttons.', 'knitwear wool'],
  ['PYJAMAS', 'Striped pyjamas', '49.90', 'Jacket and trousers of brushed cotton.', 'nightwear cotton'],
  ['DRESSING-GOWNS', 'Dressing gown', '99.00', 'Quilted, with a shawl collar.', 'nightwear'],
  ['WAISTCOATS', 'Waistcoat', '110.00', 'Tweed in front, satin behind.', 'formal wool'],
  ['TROUSERS', 'Twill trousers', '64.50', 'Straight leg, two pleats.', 'formal cotton'],
  ['SHIRTS', 'Oxford shirt', '39.90', 'White or pale blue, button-down collar.', 'formal cotton'],
  ['BELTS', 'Leather belt', '29.00', 'Vegetable tanned, brass buckle.', 'accessories leather'],
  ['SLIPPERS', 'Felt slippers', '27.50', 'Quiet on stairs.', 'shoes nightwear wool'],
  ['BOW-TIES', 'Bow tie', '34.00', 'Silk, to be tied by hand.', 'formal accessories'],
  ['TOP-HATS', 'Top hat', '189.00', 'Silk plush. There is one.', 'formal accessories'],
  [
    'CAPES',
    'Opera cape',
    '149.00',
    'Wool with a red lining; sold out since the premiere.',
    'outerwear formal wool',
  ],
];

/** Products by sku. */
export const sampleProducts: readonly (readonly [sku: string, content: ProductContent])[] = samples.map(
  ([sku, name, unitPrice, description, tags]) => [
    sku,
    { name, description, unitPrice, currency: 'EUR', tags: tags.split(' ') },
  ],
);
