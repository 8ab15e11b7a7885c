export const latinEuro: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="html/1">
<title>Bill B-71638</title>
<style></style>
</head>
<body>
<main>
<header>
<h1>Bill</h1>
<p class="number"><bdi>B-71638</bdi></p>
</header>
<div class="parties">
<section>
<h2>From</h2>
<div class="name" dir="auto">Requite Energy &amp; Telecom Ltd</div>
<div dir="auto">1 Example Quay</div>
<div dir="auto">D02 X285 Dublin</div>
<div dir="auto">IE</div>
<div dir="auto">Tax id IE0000000A</div>
<div dir="auto">billing@requite.example</div>
</section>
<section>
<h2>Bill to</h2>
<div class="name" dir="auto">Bäckerei Köhler &amp; Söhne GmbH</div>
<div dir="auto">Marktplatz 3</div>
<div dir="auto">89073 Ulm</div>
<div dir="auto">DE</div>
<div dir="auto">Tax id DE000000002</div>
</section>
</div>
<dl class="facts">
<div><dt>Bill date</dt><dd><bdi>2020-04-15</bdi></dd></div>
<div><dt>Due date</dt><dd><bdi>2020-04-29</bdi></dd></div>
<div><dt>Currency</dt><dd><bdi>EUR</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>321</bdi></dd></div>
</dl>
<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row"><th scope="col" role="columnheader">Description</th><th scope="col" role="columnheader">Quantity</th><th scope="col" role="columnheader">Unit price</th><th scope="col" role="columnheader">Tax %</th><th scope="col" role="columnheader">Net EUR</th></tr>
</thead>
<tbody role="rowgroup">
<tr role="row"><th scope="row" role="rowheader"><bdi>Business line, 2 channels</bdi></th><td role="cell">2 <span class="unit"><bdi>each</bdi></span></td><td role="cell">24.50</td><td role="cell">19.0</td><td role="cell">49.00</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Yearbook &quot;Energy for bakers and millers&quot;</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">18.00</td><td role="cell">7</td><td role="cell">18.00</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Electricity, day</bdi></th><td role="cell">4,120.75 <span class="unit"><bdi>kWh</bdi></span></td><td role="cell">0.2984</td><td role="cell">19</td><td role="cell">1,229.63</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Electricity, night</bdi></th><td role="cell">2,655.5 <span class="unit"><bdi>kWh</bdi></span></td><td role="cell">0.2317</td><td role="cell">19</td><td role="cell">615.28</td></tr>
</tbody>
</table>
<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net EUR</th><th scope="col">Tax EUR</th></tr>
</thead>
<tbody>
<tr><th scope="row">7 %</th><td>18.00</td><td>1.26</td></tr>
<tr><th scope="row">19 %</th><td>1,893.91</td><td>359.84</td></tr>
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>1,911.91</td><td>361.10</td></tr>
</tfoot>
</table>
<dl class="due"><dt>Total due EUR</dt><dd>2,273.01</dd></dl>
</div>
<footer class="notes">
<p><bdi>Please pay 2,273.01 EUR by 2020-04-29 and quote B-71638.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 0.01 EUR. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
