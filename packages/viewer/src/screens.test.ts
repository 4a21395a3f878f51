import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { GO_KEYS, KEYS, type Oklch, TOKENS, type TokenName } from './screens.ts';

/** sRGB in linear light (CSS Color 4, from OKLab). */
function linear([lightness, chroma, hue]: Oklch): number[] {
  const [a, b] = [
    Math.cos((hue * Math.PI) / 180) * chroma,
    Math.sin((hue * Math.PI) / 180) * chroma,
  ];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((value) => Math.min(1, Math.max(0, value)));
}
const luminance = (color: Oklch): number => {
  const [red = 0, green = 0, blue = 0] = linear(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
/** WCAG 2.2. */
function contrast(one: Oklch, other: Oklch): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const short = (value: number): string => String(value).replace(/^0\./, '.');
const oklch = ([lightness, chroma, hue]: Oklch): string =>
  `oklch(${short(lightness)} ${short(chroma)} ${hue})`;

/** Custom properties for `:root` and for the host of a shadow root. */
function tokensCss(): string {
  const names = Object.keys(TOKENS) as TokenName[];
  const lines = names.map((name) => {
    const { light, dark } = TOKENS[name];
    return `  --annals-${name}: light-dark(${oklch(light)}, ${oklch(dark)});`;
  });
  return `:root,\n:host {\n${lines.join('\n')}\n}\n`;
}

const names = Object.keys(TOKENS) as TokenName[];

describe('the tables of the screens', () => {
  test('colours have the contrast that is promised, light and dark', () => {
    for (const name of names) {
      const { on, contrast: least, ...token } = TOKENS[name];
      if (on === undefined || least === undefined) continue;
      for (const [index, theme] of (['light', 'dark'] as const).entries()) {
        const measured = contrast(token[theme], TOKENS[on][theme]);
        // Rounded, and colours outside of sRGB are cut here in another way than in browsers.
        assert.ok(
          measured >= (least[index] ?? 0) - 0.1,
          `${name} ${theme}: ${measured.toFixed(2)}`,
        );
      }
    }
  });
  test('text has at least 4.5 on paper and on what stands above it, controls and bars 3', () => {
    const texts: TokenName[] = ['ink', 'ink-2', 'ink-3', 'accent', 'failure', 'denied'];
    for (const theme of ['light', 'dark'] as const) {
      for (const on of ['paper', 'raised', 'accent-tint'] as const) {
        for (const name of texts) {
          const measured = contrast(TOKENS[name][theme], TOKENS[on][theme]);
          assert.ok(measured >= 4.5, `${name} on ${on}, ${theme}: ${measured.toFixed(2)}`);
        }
      }
    }
  });
  test('the stylesheet has these colours and no others', async () => {
    const css = await readFile(new URL('./look/tokens.css', import.meta.url), 'utf8');
    const plain = (text: string) => text.replaceAll(/\b0(?=\.\d)/g, '').replaceAll(/\s+/g, ' ');
    assert.equal(plain(css), plain(tokensCss()));
  });
  test('no key means two things', () => {
    for (const keys of [KEYS, GO_KEYS]) {
      assert.equal(new Set(Object.values(keys)).size, Object.values(keys).length);
    }
  });
});
