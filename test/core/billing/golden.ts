// Bills as they were looked at, line by line, and found straight. A change here is a change of bytes: raise
// TEXT_RENDERER with it. Invisible characters (isolates, joiners) are written as escapes.

export const zeroBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             Jože Novak
1 Example Quay                           Čopova ulica 2
D02 X285 Dublin                          1000 Ljubljana
IE                                       SI
Tax id IE0000000A
billing@requite.example

Bill date  2020-04-15                    Currency  EUR
Due date   2020-04-29                    Customer  18

------------------------------------------------------------------------------
Nothing was used or subscribed to in this period.
------------------------------------------------------------------------------

                                         Total due EUR                    0.00
                                         =====================================

There is nothing to pay.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 0.01 EUR. Tax is computed for
each rate on the sum of its nets and rounded in the same way.
`;

export const latinEuroBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             Bäckerei Köhler & Söhne GmbH
1 Example Quay                           Marktplatz 3
D02 X285 Dublin                          89073 Ulm
IE                                       DE
Tax id IE0000000A                        Tax id DE000000002
billing@requite.example

Bill date  2020-04-15                    Currency  EUR
Due date   2020-04-29                    Customer  321

------------------------------------------------------------------------------
Description                         Quantity       Unit price  Tax %   Net EUR
------------------------------------------------------------------------------
Business line, 2 channels               2    each     24.50     19.0     49.00
Yearbook "Energy for bakers and         1    each     18.00      7       18.00
millers"
Electricity, day                    4,120.75 kWh       0.2984   19    1,229.63
Electricity, night                  2,655.5  kWh       0.2317   19      615.28
------------------------------------------------------------------------------
                                              Tax rate     Net EUR     Tax EUR
                                                   7 %       18.00        1.26
                                                  19 %    1,893.91      359.84
                                                         ---------------------
                                                 Total    1,911.91      361.10

                                         Total due EUR                2,273.01
                                         =====================================

Please pay 2,273.01 EUR by 2020-04-29 and quote B-71638.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 0.01 EUR. Tax is computed for
each rate on the sum of its nets and rounded in the same way.
`;

export const japaneseYenBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             佐藤 美咲
1 Example Quay                           本町2丁目5番8号
D02 X285 Dublin                          さくらハイツ301
IE                                       231-0005 横浜市中区, 神奈川県
Tax id IE0000000A                        JP
billing@requite.example

Bill date  2020-04-15                    Currency  JPY
Due date   2020-04-29                    Customer  6

------------------------------------------------------------------------------
Description                          Quantity       Unit price  Tax %  Net JPY
------------------------------------------------------------------------------
光インターネット「ひかり」、1ギガ、       1   each    5,200        10    5,200
固定電話とテレビの割引つき
電気 第2段階                             93.5 kWh        36.40     10    3,403
------------------------------------------------------------------------------
                                              Tax rate     Net JPY     Tax JPY
                                                  10 %       8,603         860
                                                         ---------------------
                                                 Total       8,603         860

                                         Total due JPY                   9,463
                                         =====================================

Please pay 9,463 JPY by 2020-04-29 and quote B-71638.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 1 JPY. Tax is computed for
each rate on the sum of its nets and rounded in the same way.
`;

export const arabicDinarBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             \u2068شركة النخيل للتجارة\u2069
1 Example Quay                           \u2068شارع الخليج العربي 18\u2069
D02 X285 Dublin                          \u206813001 الكويت\u2069
IE                                       KW
Tax id IE0000000A
billing@requite.example

Bill date  2020-04-15                    Currency  KWD
Due date   2020-04-29                    Customer  8

------------------------------------------------------------------------------
Description                         Quantity        Unit price  Tax %  Net KWD
------------------------------------------------------------------------------
\u2068إنترنت الأعمال\u2069                           1   each      22.750       0   22.750
\u2068مكالمات دولية\u2069                           84.5 \u2068دقيقة\u2069      0.0475      0    4.014
------------------------------------------------------------------------------
                                              Tax rate     Net KWD     Tax KWD
                                                   0 %      26.764       0.000
                                                         ---------------------
                                                 Total      26.764       0.000

                                         Total due KWD                  26.764
                                         =====================================

Please pay 26.764 KWD by 2020-04-29 and quote B-71638.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 0.001 KWD. Tax is computed for
each rate on the sum of its nets and rounded in the same way.
`;

export const manyScriptsBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             Олена Παπαδοπούλου
1 Example Quay                           \u2068רחוב הגפן 9\u2069
D02 X285 Dublin                          한빛로 25
IE                                       302001 जयपुर
Tax id IE0000000A                        IN
billing@requite.example

Bill date  2020-04-15                    Currency  USD
Due date   2020-04-29                    Customer  10

------------------------------------------------------------------------------
Description                       Quantity          Unit price  Tax %  Net USD
------------------------------------------------------------------------------
Ίντερνετ                              1    each        26.60     7.25    26.60
기가 인터넷                           1    each        33        7.25    33.00
ब्रॉडबैंड                                1    each       799.00    18      799.00
\u2068חשמל\u2069                                  1    each         0.5425  18        0.54
Família 👨\u200d👩\u200d👧 🇵🇹 1\ufe0f\u20e3                      3    each         9.99     0       29.97
Cafe\u0301                                  3.25 кВт·год      3.6      0       11.70
------------------------------------------------------------------------------
                                              Tax rate     Net USD     Tax USD
                                                   0 %       41.67        0.00
                                                7.25 %       59.60        4.32
                                                  18 %      799.54      143.92
                                                         ---------------------
                                                 Total      900.81      148.24

                                         Total due USD                1,049.05
                                         =====================================

Please pay 1,049.05 USD by 2020-04-29 and quote B-71638.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 0.01 USD. Tax is computed for
each rate on the sum of its nets and rounded in the same way.
`;

export const longAmountsBill = `BILL                                                                   B-71638
==============================================================================

From                                     Bill to
Requite Energy & Telecom Ltd             Jože Novak
1 Example Quay                           Čopova ulica 2
D02 X285 Dublin                          1000 Ljubljana
IE                                       SI
Tax id IE0000000A
billing@requite.example

Bill date  2020-04-15                    Currency  CLF
Due date   2020-04-29                    Customer  a-customer-with-a-very-
                                                   long-identifier-from-
                                                   another-system

------------------------------------------------------------------------------
Description                                                    Tax %   Net CLF
------------------------------------------------------------------------------
Interconnection
    999,999.123456 each at 123,456.12345678        19 %   123,456,015,242.0557
Settlement
    999,999,999 each at -200.00000001             19 %   -199,999,999,810.0000
------------------------------------------------------------------------------
                        Tax rate                Net CLF                Tax CLF
                            19 %   -76,543,984,567.9443   -14,543,357,067.9094
                                   -------------------------------------------
                           Total   -76,543,984,567.9443   -14,543,357,067.9094

                                         Credit CLF        91,087,341,635.8537
                                         =====================================

There is nothing to pay: the credit is yours.

Prices are before tax. The net of a line is its quantity times its unit price,
rounded half-up (a half goes away from zero) to 0.0001 CLF. Tax is computed
for each rate on the sum of its nets and rounded in the same way.
`;
