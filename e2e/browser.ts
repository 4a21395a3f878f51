/**
 * A real Chromium for the tests of the screens: that of `CHROMIUM_PATH`, one that is installed, or
 * the one that npm brings along. Owns the browser; pages are the tests' own.
 */
import { existsSync } from 'node:fs';
import npmChromium from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
/** Nothing is asked of the network but the pages themselves. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

export async function openBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH'];
  const found = named ?? INSTALLED.find((path) => existsSync(path));
  const executablePath = found ?? (await npmChromium.executablePath());
  return await chromium.launch({ executablePath, args: FLAGS });
}
