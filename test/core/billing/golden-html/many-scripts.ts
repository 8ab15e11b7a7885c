export const manyScripts: string = `<!doctype html>
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
<div class="name" dir="auto">Олена Παπαδοπούλου</div>
<div dir="auto">רחוב הגפן 9</div>
<div dir="auto">한빛로 25</div>
<div dir="auto">302001 जयपुर</div>
<div dir="auto">IN</div>
</section>
</div>
<dl class="facts">
<div><dt>Bill date</dt><dd><bdi>2020-04-15</bdi></dd></div>
<div><dt>Due date</dt><dd><bdi>2020-04-29</bdi></dd></div>
<div><dt>Currency</dt><dd><bdi>USD</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>10</bdi></dd></div>
</dl>
<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row"><th scope="col" role="columnheader">Description</th><th scope="col" role="columnheader">Quantity</th><th scope="col" role="columnheader">Unit price</th><th scope="col" role="columnheader">Tax %</th><th scope="col" role="columnheader">Net USD</th></tr>
</thead>
<tbody role="rowgroup">
<tr role="row"><th scope="row" role="rowheader"><bdi>Ίντερνετ</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">26.60</td><td role="cell">7.25</td><td role="cell">26.60</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>기가 인터넷</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">33</td><td role="cell">7.25</td><td role="cell">33.00</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>ब्रॉडबैंड</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">799.00</td><td role="cell">18</td><td role="cell">799.00</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>חשמל</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">0.5425</td><td role="cell">18</td><td role="cell">0.54</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Família 👨\u200d👩\u200d👧 🇵🇹 1\ufe0f\u20e3</bdi></th><td role="cell">3 <span class="unit"><bdi>each</bdi></span></td><td role="cell">9.99</td><td role="cell">0</td><td role="cell">29.97</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Cafe\u0301</bdi></th><td role="cell">3.25 <span class="unit"><bdi>кВт·год</bdi></span></td><td role="cell">3.6</td><td role="cell">0</td><td role="cell">11.70</td></tr>
</tbody>
</table>
<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net USD</th><th scope="col">Tax USD</th></tr>
</thead>
<tbody>
<tr><th scope="row">0 %</th><td>41.67</td><td>0.00</td></tr>
<tr><th scope="row">7.25 %</th><td>59.60</td><td>4.32</td></tr>
<tr><th scope="row">18 %</th><td>799.54</td><td>143.92</td></tr>
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>900.81</td><td>148.24</td></tr>
</tfoot>
</table>
<dl class="due"><dt>Total due USD</dt><dd>1,049.05</dd></dl>
</div>
<footer class="notes">
<p><bdi>Please pay 1,049.05 USD by 2020-04-29 and quote B-71638.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 0.01 USD. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
