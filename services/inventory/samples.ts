// The sample warehouse: made-up stock and list prices. Most of it is ample; some is short, so that orders fail too.
import type { StockLevel } from '../../core/mod.ts';

/** Products with their stock; the reference's three are first. */
export const sampleStock: readonly StockLevel[] = [
  { product: 'JUMPERS', stock: 1_000, unitPrice: '75.00' },
  { product: 'UNDERPANTS', stock: 2_500, unitPrice: '12.50' },
  { product: 'STOCKINGS', stock: 1_800, unitPrice: '9.95' },
  { product: 'SOCKS', stock: 5_000, unitPrice: '6.90' },
  { product: 'SCARVES', stock: 640, unitPrice: '24.00' },
  { product: 'MITTENS', stock: 420, unitPrice: '18.50' },
  { product: 'BEANIES', stock: 380, unitPrice: '19.90' },
  { product: 'RAINCOATS', stock: 150, unitPrice: '129.00' },
  { product: 'WELLINGTONS', stock: 90, unitPrice: '59.00' },
  { product: 'CARDIGANS', stock: 210, unitPrice: '89.00' },
  { product: 'PYJAMAS', stock: 330, unitPrice: '49.90' },
  { product: 'DRESSING-GOWNS', stock: 60, unitPrice: '99.00' },
  { product: 'WAISTCOATS', stock: 45, unitPrice: '110.00' },
  { product: 'TROUSERS', stock: 700, unitPrice: '64.50' },
  { product: 'SHIRTS', stock: 1_200, unitPrice: '39.90' },
  { product: 'BELTS', stock: 260, unitPrice: '29.00' },
  { product: 'SLIPPERS', stock: 12, unitPrice: '27.50' },
  { product: 'BOW-TIES', stock: 2, unitPrice: '34.00' },
  { product: 'TOP-HATS', stock: 1, unitPrice: '189.00' },
  { product: 'CAPES', stock: 0, unitPrice: '149.00' },
];
