// Customers of the sample CRM: made-up people and companies in ten scripts and thirteen currencies, with what they
// subscribe to and what they used. Tax rates are the usual ones of each country, for show.
import type { Customer } from '../../core/mod.ts';

/** A customer for each of the identifiers "1" to "24". */
export const sampleCustomers: readonly Customer[] = [
  {
    customerIdentifier: '1',
    name: 'Anna Schneider',
    address: {
      lines: ['Lindenstraße 14', '2. Stock links'],
      postalCode: '10969',
      city: 'Berlin',
      country: 'DE',
    },
    currency: 'EUR',
    subscriptions: [
      { description: 'Fiber 500 internet', quantity: '1', unitPrice: '39.90', taxRate: '19' },
      { description: 'Electricity, base fee', quantity: '1', unitPrice: '11.25', taxRate: '19' },
    ],
    usage: [
      { description: 'Electricity', quantity: '268.4', unit: 'kWh', unitPrice: '0.3127', taxRate: '19' },
      { description: 'Calls to mobiles', quantity: '37', unit: 'min', unitPrice: '0.042', taxRate: '19' },
    ],
  },
  {
    customerIdentifier: '2',
    name: 'Bäckerei Köhler & Söhne GmbH',
    address: { lines: ['Marktplatz 3'], postalCode: '89073', city: 'Ulm', country: 'DE' },
    currency: 'EUR',
    taxId: 'DE000000002',
    subscriptions: [
      { description: 'Business line, 2 channels', quantity: '2', unitPrice: '24.50', taxRate: '19' },
      {
        description: 'Printed yearbook "Energy for bakers"',
        quantity: '1',
        unitPrice: '18.00',
        taxRate: '7',
      },
    ],
    usage: [
      {
        description: 'Electricity, day',
        quantity: '4120.75',
        unit: 'kWh',
        unitPrice: '0.2984',
        taxRate: '19',
      },
      {
        description: 'Electricity, night',
        quantity: '2655.5',
        unit: 'kWh',
        unitPrice: '0.2317',
        taxRate: '19',
      },
      { description: 'Gas', quantity: '1840', unit: 'kWh', unitPrice: '0.1142', taxRate: '19' },
    ],
  },
  {
    customerIdentifier: '3',
    name: 'Camille Lefèvre',
    address: { lines: ['27 rue des Écoles'], postalCode: '69007', city: 'Lyon', country: 'FR' },
    currency: 'EUR',
    subscriptions: [{ description: 'Fibre et télévision', quantity: '1', unitPrice: '34.16', taxRate: '20' }],
    usage: [
      {
        description: 'Électricité, heures pleines',
        quantity: '196',
        unit: 'kWh',
        unitPrice: '0.1762',
        taxRate: '20',
      },
      {
        description: 'Électricité, heures creuses',
        quantity: '143',
        unit: 'kWh',
        unitPrice: '0.1303',
        taxRate: '20',
      },
    ],
  },
  {
    customerIdentifier: '4',
    name: 'Olivia Carter',
    address: {
      lines: ['482 Maple Avenue', 'Apt 7B'],
      postalCode: '97209',
      city: 'Portland',
      region: 'OR',
      country: 'US',
    },
    currency: 'USD',
    subscriptions: [
      { description: 'Mobile, unlimited talk and text', quantity: '2', unitPrice: '35.00', taxRate: '0' },
      { description: 'Loyalty discount', quantity: '1', unitPrice: '-5.00', taxRate: '0' },
    ],
    usage: [{ description: 'Mobile data', quantity: '18.732', unit: 'GB', unitPrice: '1.95', taxRate: '0' }],
  },
  {
    customerIdentifier: '5',
    name: 'Rivera Cold Storage LLC',
    address: {
      lines: ['1900 Harbor Drive'],
      postalCode: '78401',
      city: 'Corpus Christi',
      region: 'TX',
      country: 'US',
    },
    currency: 'USD',
    taxId: '00-0000005',
    subscriptions: [{ description: 'Demand charge', quantity: '1250', unitPrice: '4.86', taxRate: '8.25' }],
    usage: [
      { description: 'Energy', quantity: '384215.6', unit: 'kWh', unitPrice: '0.07384', taxRate: '8.25' },
      {
        description: 'Reactive energy',
        quantity: '9120',
        unit: 'kvarh',
        unitPrice: '0.0051',
        taxRate: '8.25',
      },
    ],
  },
  {
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
      { description: '光インターネット 1ギガ', quantity: '1', unitPrice: '5200', taxRate: '10' },
      { description: '電気 基本料金 40A', quantity: '1', unitPrice: '1247.00', taxRate: '10' },
    ],
    usage: [
      { description: '電気 第1段階', quantity: '120', unit: 'kWh', unitPrice: '29.80', taxRate: '10' },
      { description: '電気 第2段階', quantity: '93.5', unit: 'kWh', unitPrice: '36.40', taxRate: '10' },
    ],
  },
  {
    customerIdentifier: '7',
    name: 'カフェ・ヒバリ',
    address: {
      lines: ['ひばりが丘1-12'],
      postalCode: '060-0001',
      city: '札幌市中央区',
      region: '北海道',
      country: 'JP',
    },
    currency: 'JPY',
    taxId: 'T0000000000007',
    subscriptions: [
      { description: 'ビジネスフォン', quantity: '3', unitPrice: '1800', taxRate: '10' },
      { description: '新聞(週2回以上)の定期購読', quantity: '1', unitPrice: '3900', taxRate: '8' },
    ],
    usage: [{ description: '電気', quantity: '1482', unit: 'kWh', unitPrice: '31.25', taxRate: '10' }],
  },
  {
    customerIdentifier: '8',
    name: 'شركة النخيل للتجارة',
    address: {
      lines: ['شارع الخليج العربي 18', 'الطابق 4'],
      postalCode: '13001',
      city: 'الكويت',
      country: 'KW',
    },
    currency: 'KWD',
    subscriptions: [{ description: 'إنترنت الأعمال', quantity: '1', unitPrice: '22.750', taxRate: '0' }],
    usage: [
      { description: 'كهرباء', quantity: '12450', unit: 'kWh', unitPrice: '0.0025', taxRate: '0' },
      { description: 'مكالمات دولية', quantity: '84.5', unit: 'دقيقة', unitPrice: '0.0475', taxRate: '0' },
    ],
  },
  {
    customerIdentifier: '9',
    name: 'Ελένη Παπαδοπούλου',
    address: { lines: ['Οδός Αθηνάς 31'], postalCode: '105 54', city: 'Αθήνα', country: 'GR' },
    currency: 'EUR',
    subscriptions: [
      { description: 'Σταθερή τηλεφωνία και ίντερνετ', quantity: '1', unitPrice: '26.60', taxRate: '24' },
    ],
    usage: [
      { description: 'Ηλεκτρικό ρεύμα', quantity: '312', unit: 'kWh', unitPrice: '0.1425', taxRate: '6' },
    ],
  },
  {
    customerIdentifier: '10',
    name: 'Олена Коваленко',
    address: { lines: ['вул. Садова, 12, кв. 45'], postalCode: '79000', city: 'Львів', country: 'UA' },
    currency: 'UAH',
    subscriptions: [{ description: 'Домашній інтернет', quantity: '1', unitPrice: '250.00', taxRate: '20' }],
    usage: [
      { description: 'Електроенергія', quantity: '187', unit: 'кВт·год', unitPrice: '3.60', taxRate: '20' },
    ],
  },
  {
    customerIdentifier: '11',
    name: 'Николай Димитров',
    address: { lines: ['ул. Роза 8'], postalCode: '4000', city: 'Пловдив', country: 'BG' },
    currency: 'EUR',
    subscriptions: [{ description: 'Мобилен план', quantity: '1', unitPrice: '12.50', taxRate: '20' }],
    usage: [
      { description: 'Роуминг, данни', quantity: '0.75', unit: 'GB', unitPrice: '1.50', taxRate: '20' },
    ],
  },
  {
    customerIdentifier: '12',
    name: 'נועה לוי',
    address: { lines: ['רחוב הגפן 9'], postalCode: '6100000', city: 'תל אביב', country: 'IL' },
    currency: 'ILS',
    subscriptions: [{ description: 'סיבים 1000', quantity: '1', unitPrice: '99.00', taxRate: '18' }],
    usage: [{ description: 'חשמל', quantity: '421.6', unit: 'kWh', unitPrice: '0.5425', taxRate: '18' }],
  },
  {
    customerIdentifier: '13',
    name: '王小明',
    address: { lines: ['中山路88號5樓'], postalCode: '100', city: '臺北市', country: 'TW' },
    currency: 'TWD',
    subscriptions: [{ description: '光纖上網 300M', quantity: '1', unitPrice: '799', taxRate: '5' }],
    usage: [{ description: '國際電話', quantity: '42', unit: '分鐘', unitPrice: '3.5', taxRate: '5' }],
  },
  {
    customerIdentifier: '14',
    name: '江南春茶业有限公司',
    address: { lines: ['龙井路16号'], postalCode: '310000', city: '杭州市', region: '浙江省', country: 'CN' },
    currency: 'CNY',
    subscriptions: [{ description: '企业宽带专线', quantity: '1', unitPrice: '1280.00', taxRate: '6' }],
    usage: [
      { description: '峰时电量', quantity: '5320.8', unit: '千瓦时', unitPrice: '1.0824', taxRate: '13' },
      { description: '谷时电量', quantity: '2210.4', unit: '千瓦时', unitPrice: '0.3651', taxRate: '13' },
    ],
  },
  {
    customerIdentifier: '15',
    name: '김서연',
    address: { lines: ['한빛로 25, 102동 1203호'], postalCode: '34000', city: '대전광역시', country: 'KR' },
    currency: 'KRW',
    subscriptions: [{ description: '기가 인터넷', quantity: '1', unitPrice: '33000', taxRate: '10' }],
    usage: [{ description: '주택용 전력', quantity: '287', unit: 'kWh', unitPrice: '184.3', taxRate: '10' }],
  },
  {
    customerIdentifier: '16',
    name: 'प्रिया शर्मा',
    address: {
      lines: ['१२, गांधी मार्ग'],
      postalCode: '302001',
      city: 'जयपुर',
      region: 'राजस्थान',
      country: 'IN',
    },
    currency: 'INR',
    subscriptions: [{ description: 'ब्रॉडबैंड 100 Mbps', quantity: '1', unitPrice: '799.00', taxRate: '18' }],
    usage: [{ description: 'बिजली', quantity: '214', unit: 'यूनिट', unitPrice: '6.15', taxRate: '0' }],
  },
  {
    customerIdentifier: '17',
    name: 'Siobhán Ní Bhriain',
    address: { lines: ['5 Sráid na Trá'], postalCode: 'H91 X000', city: 'Gaillimh', country: 'IE' },
    currency: 'EUR',
    subscriptions: [{ description: 'Broadband', quantity: '1', unitPrice: '40.65', taxRate: '23' }],
    usage: [{ description: 'Electricity', quantity: '355', unit: 'kWh', unitPrice: '0.2936', taxRate: '9' }],
  },
  {
    customerIdentifier: '18',
    name: 'Jože Novak',
    address: { lines: ['Čopova ulica 2'], postalCode: '1000', city: 'Ljubljana', country: 'SI' },
    currency: 'EUR',
    subscriptions: [],
    usage: [],
  },
  {
    customerIdentifier: '19',
    name: 'Nguyễn Thị Hương',
    address: { lines: ['24 Phố Huế'], postalCode: '100000', city: 'Hà Nội', country: 'VN' },
    currency: 'VND',
    subscriptions: [{ description: 'Internet cáp quang', quantity: '1', unitPrice: '220000', taxRate: '10' }],
    usage: [
      { description: 'Điện sinh hoạt', quantity: '176', unit: 'kWh', unitPrice: '2014.5', taxRate: '8' },
    ],
  },
  {
    customerIdentifier: '20',
    name: 'Ama Mensah',
    address: { lines: ['14 Palm Street'], city: 'Accra', country: 'GH' },
    currency: 'GHS',
    subscriptions: [{ description: 'Mobile bundle', quantity: '1', unitPrice: '85.00', taxRate: '15' }],
    usage: [{ description: 'Extra data', quantity: '3.25', unit: 'GB', unitPrice: '6.40', taxRate: '15' }],
  },
  {
    customerIdentifier: '21',
    name: 'Consolidated Solar Buyback',
    address: { lines: ['Kungsgatan 40'], postalCode: '111 35', city: 'Stockholm', country: 'SE' },
    currency: 'SEK',
    taxId: 'SE000000002101',
    subscriptions: [{ description: 'Grid connection', quantity: '1', unitPrice: '145.00', taxRate: '25' }],
    usage: [
      { description: 'Energy taken', quantity: '120.5', unit: 'kWh', unitPrice: '1.274', taxRate: '25' },
      { description: 'Energy fed in', quantity: '942.25', unit: 'kWh', unitPrice: '-0.683', taxRate: '25' },
    ],
  },
  {
    customerIdentifier: '22',
    name: 'Matthias und Katharina von Hohenstein-Wartenberg',
    address: { lines: ['Schloßallee 1'], postalCode: '1130', city: 'Wien', country: 'AT' },
    currency: 'EUR',
    subscriptions: [
      {
        description:
          'Combined tariff "Home and Holiday": fiber, landline, television in two rooms, and electricity for the ' +
          'garden house, with a discount for paying by direct debit',
        quantity: '1',
        unitPrice: '74.1583',
        taxRate: '20',
      },
    ],
    usage: [{ description: 'Strom', quantity: '611.125', unit: 'kWh', unitPrice: '0.21345', taxRate: '20' }],
  },
  {
    customerIdentifier: '23',
    name: 'مريم العلي',
    address: { lines: ['قطعة 3، شارع 12، منزل 7'], postalCode: '22001', city: 'السالمية', country: 'KW' },
    currency: 'KWD',
    subscriptions: [{ description: 'إنترنت منزلي 5G', quantity: '1', unitPrice: '14.000', taxRate: '0' }],
    usage: [
      { description: 'بيانات إضافية', quantity: '12.5', unit: 'GB', unitPrice: '0.1255', taxRate: '0' },
    ],
  },
  {
    customerIdentifier: '24',
    name: 'Beatriz Carvalho 🌻',
    address: { lines: ['Rua das Flores 58'], postalCode: '4050-262', city: 'Porto', country: 'PT' },
    currency: 'EUR',
    subscriptions: [{ description: 'Família móvel 👨‍👩‍👧', quantity: '3', unitPrice: '9.99', taxRate: '23' }],
    usage: [
      { description: 'Eletricidade', quantity: '100', unit: 'kWh', unitPrice: '0.1478', taxRate: '6' },
      { description: 'Eletricidade', quantity: '87.3', unit: 'kWh', unitPrice: '0.1478', taxRate: '23' },
    ],
  },
];
