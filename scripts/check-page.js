// Holds a page against the rules of axe in a browser, at two widths, and fails where one is broken.

const { chromium } = require("playwright-core");

const page = process.argv[2];
const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";

(async () => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  let broken = 0;
  for (const width of [1280, 390]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true });
    const tab = await context.newPage();
    const outside = [];
    tab.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) outside.push(request.url());
    });
    await tab.goto(`file://${page}`);
    await tab.addScriptTag({ path: require.resolve("axe-core") });
    const { violations } = await tab.evaluate(() => window.axe.run());
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    for (const one of violations) {
      broken += 1;
      console.log(`${width} px: ${one.impact}: ${one.id}: ${one.help}`);
      for (const node of one.nodes.slice(0, 3)) console.log(`  ${node.target}: ${node.failureSummary}`);
    }
    if (wide > width) {
      broken += 1;
      console.log(`${width} px: the page is ${wide} px wide`);
    }
    if (outside.length) {
      broken += 1;
      console.log(`${width} px: it asks for ${outside.join(", ")}`);
    }
    console.log(`${width} px: ${violations.length} rules of axe broken`);
  }
  await browser.close();
  process.exit(broken ? 1 : 0);
})();
