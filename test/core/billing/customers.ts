// Customers of the tests' own, so that a change of the samples of the CRM moves no golden bill.
import type { Customer } from '../../../core/billing/customer.ts';

/** A customer with no lines in euro; tests add what they are about. */
export const emptyCustomer: Customer = {
  customerIdentifier: '18',
  name: 'Jože Novak',
  address: { lines: ['Čopova ulica 2'], postalCode: '1000', city: 'Ljubljana', country: 'SI' },
  currency: 'EUR',
  subscriptions: [],
  usage: [],
};

export const latinEuro: Customer = {
  customerIdentifier: '321',
  name: 'Bäckerei Köhler & Söhne GmbH',
  address: { lines: ['Marktplatz 3'], postalCode: '89073', city: 'Ulm', country: 'DE' },
  currency: 'EUR',
  taxId: 'DE000000002',
  subscriptions: [
    { description: 'Business line, 2 channels', quantity: '2', unitPrice: '24.50', taxRate: '19.0' },
    {
      description: 'Yearbook "Energy for bakers and millers"',
      quantity: '1',
      unitPrice: '18.00',
      taxRate: '7',
    },
  ],
  usage: [
    { description: 'Electricity, day', quantity: '4120.75', unit: 'kWh', unitPrice: '0.2984', taxRate: '19' },
    {
      description: 'Electricity, night',
      quantity: '2655.5',
      unit: 'kWh',
      unitPrice: '0.2317',
      taxRate: '19',
    },
  ],
};

export const japaneseYen: Customer = {
  customerIdentifier: '6',
  name: '佐藤 美咲',
  address: {
    lines: ['本町2丁目5番8号', 'さくらハイツ301'],
    postalCode: '231-0005',
    city: '横浜市中区',
    region: '神奈川県',
    country: 'JP',
  },
  currency: 'JPY',
  subscriptions: [
    {
      description: '光インターネット「ひかり」、1ギガ、固定電話とテレビの割引つき',
      quantity: '1',
      unitPrice: '5200',
      taxRate: '10',
    },
  ],
  usage: [{ description: '電気 第2段階', quantity: '93.5', unit: 'kWh', unitPrice: '36.40', taxRate: '10' }],
};

export const arabicDinar: Customer = {
  customerIdentifier: '8',
  name: 'شركة النخيل للتجارة',
  address: { lines: ['شارع الخليج العربي 18'], postalCode: '13001', city: 'الكويت', country: 'KW' },
  currency: 'KWD',
  subscriptions: [{ description: 'إنترنت الأعمال', quantity: '1', unitPrice: '22.750', taxRate: '0' }],
  usage: [
    { description: 'مكالمات دولية', quantity: '84.5', unit: 'دقيقة', unitPrice: '0.0475', taxRate: '0' },
  ],
};

/** Greek, Cyrillic, Hebrew, Hangul, Devanagari and emoji on one bill. */
export const manyScripts: Customer = {
  customerIdentifier: '10',
  name: 'Олена Παπαδοπούλου',
  address: { lines: ['רחוב הגפן 9', '한빛로 25'], postalCode: '302001', city: 'जयपुर', country: 'IN' },
  currency: 'USD',
  subscriptions: [
    { description: 'Ίντερνετ', quantity: '1', unitPrice: '26.60', taxRate: '7.25' },
    { description: '기가 인터넷', quantity: '1', unitPrice: '33', taxRate: '7.25' },
    { description: 'ब्रॉडबैंड', quantity: '1', unitPrice: '799.00', taxRate: '18' },
    { description: 'חשמל', quantity: '1', unitPrice: '0.5425', taxRate: '18' },
    { description: 'Família 👨‍👩‍👧 🇵🇹 1️⃣', quantity: '3', unitPrice: '9.99', taxRate: '0' },
  ],
  usage: [{ description: 'Cafe\u0301', quantity: '3.25', unit: 'кВт·год', unitPrice: '3.6', taxRate: '0' }],
};

/** Amounts so long that the numbers stand below the descriptions, and a credit at the end. */
export const longAmounts: Customer = {
  ...emptyCustomer,
  customerIdentifier: 'a-customer-with-a-very-long-identifier-from-another-system',
  currency: 'CLF',
  subscriptions: [
    {
      description: 'Interconnection',
      quantity: '999999.123456',
      unitPrice: '123456.12345678',
      taxRate: '19',
    },
    { description: 'Settlement', quantity: '999999999', unitPrice: '-200.00000001', taxRate: '19' },
  ],
};
