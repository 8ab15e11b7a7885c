import fc from 'fast-check';
import { CURRENCY_EXPONENTS } from '../../../core/billing/currencies.ts';
import {
  displayMoney,
  exponentOf,
  formatMoney,
  MoneyError,
  type MoneyErrorCode,
  parseMoney,
  priceLine,
  sumMoney,
  taxOn,
} from '../../../core/billing/money.ts';
import { assert, test } from '../../harness.ts';

const currencies = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF');
const minorUnits = fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n });

function refused(code: MoneyErrorCode, attempt: () => unknown): void {
  assert.throws(attempt, (error) => error instanceof MoneyError && error.code === code);
}

test('a currency has the exponent that ISO 4217 gives it', () => {
  const exponents = ['EUR', 'USD', 'MGA', 'JPY', 'KRW', 'ISK', 'UYI', 'KWD', 'BHD', 'TND', 'CLF', 'UYW'].map(
    exponentOf,
  );
  assert.deepEqual(exponents, [2, 2, 2, 0, 0, 0, 0, 3, 3, 3, 4, 4]);
  assert.equal(CURRENCY_EXPONENTS.size, 17 + 141 + 7 + 2);
});

test('a currency that has no minor unit or does not exist is refused with what to do', () => {
  for (const currency of ['XAU', 'XXX', 'eur', 'EURO', '', 'toString']) {
    refused('unknown-currency', () => parseMoney('1', currency));
  }
  assert.throws(() => exponentOf('QQQ'), /"QQQ".*Use a code such as EUR/);
});

test('an amount of any currency reads back as it was written', () => {
  fc.assert(
    fc.property(minorUnits, currencies, (minor, currency) => {
      assert.deepEqual(parseMoney(formatMoney({ minor, currency }), currency), { minor, currency });
    }),
  );
});

test('an amount is written with the decimals of its currency', () => {
  assert.equal(formatMoney({ minor: 123450n, currency: 'EUR' }), '1234.50');
  assert.equal(formatMoney({ minor: -5n, currency: 'EUR' }), '-0.05');
  assert.equal(formatMoney({ minor: 123450n, currency: 'JPY' }), '123450');
  assert.equal(formatMoney({ minor: 1n, currency: 'KWD' }), '0.001');
  assert.equal(formatMoney({ minor: 0n, currency: 'CLF' }), '0.0000');
});

test('less than one unit has a zero before the point, and zero has no sign', () => {
  for (const [text, currency, written] of [
    ['-0', 'EUR', '0.00'],
    ['-0.0', 'KWD', '0.000'],
    ['-0.5', 'EUR', '-0.50'],
    ['-99.9', 'CLF', '-99.9000'],
    ['-1', 'JPY', '-1'],
  ] as const) {
    assert.equal(formatMoney(parseMoney(text, currency)), written);
  }
});

test('thousands are grouped the same way in every locale', () => {
  const shown = ['0', '999.99', '1000', '-1234567.8', '-123'].map((text) =>
    displayMoney(parseMoney(text, 'EUR')),
  );
  assert.deepEqual(shown, ['0.00', '999.99', '1,000.00', '-1,234,567.80', '-123.00']);
  assert.equal(displayMoney({ minor: 1234567n, currency: 'JPY' }), '1,234,567');
});

test('what is no plain decimal number is refused', () => {
  for (const text of [
    '',
    '-',
    '1e3',
    '+1',
    ' 1',
    '1 ',
    '1\n',
    '1,000',
    '.5',
    '5.',
    '007',
    '--1',
    '0x10',
    'NaN',
    '١',
  ]) {
    refused('not-a-decimal', () => parseMoney(text, 'EUR'));
  }
  refused('not-a-decimal', () => parseMoney('1'.repeat(41), 'EUR'));
});

test('decimals that the currency does not have are refused, not rounded', () => {
  refused('too-many-decimals', () => parseMoney('1.005', 'EUR'));
  refused('too-many-decimals', () => parseMoney('1.0', 'JPY'));
});

test('an amount of more than 15 digits before the point is refused', () => {
  assert.equal(parseMoney('999999999999999.99', 'EUR').minor, 99999999999999999n);
  refused('amount-too-large', () => parseMoney('1000000000000000', 'EUR'));
  refused('amount-too-large', () => priceLine('999999999', '-9999999', 'EUR'));
  const most = parseMoney('999999999999999.99', 'EUR');
  refused('amount-too-large', () => sumMoney([most, parseMoney('0.01', 'EUR')], 'EUR'));
});

const roundingCases: [quantity: string, unitPrice: string, currency: string, net: string][] = [
  ['1', '0.005', 'EUR', '0.01'],
  ['1', '0.00499999', 'EUR', '0.00'],
  ['1', '-0.005', 'EUR', '-0.01'],
  ['1', '-0.00499999', 'EUR', '0.00'],
  ['3', '0.335', 'EUR', '1.01'],
  ['1', '1.005', 'EUR', '1.01'],
  ['1000.5', '0.0012', 'EUR', '1.20'],
  ['4120.75', '0.2984', 'EUR', '1229.63'],
  ['0.5', '1', 'JPY', '1'],
  ['0.5', '-3', 'JPY', '-2'],
  ['84.5', '0.0475', 'KWD', '4.014'],
  ['0', '12.34', 'USD', '0.00'],
];

for (const [quantity, unitPrice, currency, net] of roundingCases) {
  test(`${quantity} at ${unitPrice} ${currency} is ${net}`, () => {
    assert.equal(formatMoney(priceLine(quantity, unitPrice, currency)), net);
  });
}

test('a line is never further than half a minor unit from the exact product', () => {
  const thousandths = fc.bigInt({ min: 0n, max: 10n ** 9n });
  const millionths = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n });
  fc.assert(
    fc.property(thousandths, millionths, (quantity, price) => {
      const net = priceLine(decimal(quantity, 3), decimal(price, 6), 'EUR').minor;
      const twiceOff = 2n * (quantity * price - net * 10n ** 7n);
      assert.ok(twiceOff <= 10n ** 7n && twiceOff >= -(10n ** 7n));
      assert.equal(priceLine(decimal(quantity, 3), decimal(-price, 6), 'EUR').minor, -net);
    }),
  );
});

test('tax is rounded half-up, a half away from zero', () => {
  const tax = (net: string, rate: string) => formatMoney(taxOn(parseMoney(net, 'EUR'), rate));
  assert.deepEqual(
    [
      tax('0.50', '19'),
      tax('-0.50', '19'),
      tax('0.10', '5'),
      tax('0.09', '5'),
      tax('1.00', '7.5'),
      tax('9.99', '0'),
    ],
    ['0.10', '-0.10', '0.01', '0.00', '0.08', '0.00'],
  );
});

test('a sum does not depend on the order of its amounts', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), { maxLength: 50 }), (minors) => {
      const amounts = minors.map((minor) => ({ minor, currency: 'EUR' }));
      assert.deepEqual(sumMoney(amounts, 'EUR'), sumMoney(amounts.toReversed(), 'EUR'));
    }),
  );
});

test('amounts of two currencies are not added', () => {
  refused('mixed-currencies', () => sumMoney([parseMoney('1', 'USD')], 'EUR'));
});

function decimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
