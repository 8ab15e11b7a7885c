export const japaneseYen: string = `<!doctype html>
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
<div class="name" dir="auto">佐藤 美咲</div>
<div dir="auto">本町2丁目5番8号</div>
<div dir="auto">さくらハイツ301</div>
<div dir="auto">231-0005 横浜市中区, 神奈川県</div>
<div dir="auto">JP</div>
</section>
</div>
<dl class="facts">
<div><dt>Bill date</dt><dd><bdi>2020-04-15</bdi></dd></div>
<div><dt>Due date</dt><dd><bdi>2020-04-29</bdi></dd></div>
<div><dt>Currency</dt><dd><bdi>JPY</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>6</bdi></dd></div>
</dl>
<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row"><th scope="col" role="columnheader">Description</th><th scope="col" role="columnheader">Quantity</th><th scope="col" role="columnheader">Unit price</th><th scope="col" role="columnheader">Tax %</th><th scope="col" role="columnheader">Net JPY</th></tr>
</thead>
<tbody role="rowgroup">
<tr role="row"><th scope="row" role="rowheader"><bdi>光インターネット「ひかり」、1ギガ、固定電話とテレビの割引つき</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">5,200</td><td role="cell">10</td><td role="cell">5,200</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>電気 第2段階</bdi></th><td role="cell">93.5 <span class="unit"><bdi>kWh</bdi></span></td><td role="cell">36.40</td><td role="cell">10</td><td role="cell">3,403</td></tr>
</tbody>
</table>
<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net JPY</th><th scope="col">Tax JPY</th></tr>
</thead>
<tbody>
<tr><th scope="row">10 %</th><td>8,603</td><td>860</td></tr>
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>8,603</td><td>860</td></tr>
</tfoot>
</table>
<dl class="due"><dt>Total due JPY</dt><dd>9,463</dd></dl>
</div>
<footer class="notes">
<p><bdi>Please pay 9,463 JPY by 2020-04-29 and quote B-71638.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 1 JPY. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
