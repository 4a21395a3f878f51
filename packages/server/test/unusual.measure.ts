/**
 * How much of what was planted is found, and how much of what is found was planted: by hand,
 * `node packages/server/test/unusual.measure.ts SEED …`.
 */
import { FINDING_KINDS, type FindingKind } from '@annals/contract/finding';
import type { Finding } from '@annals/contract/unusual';
import { startTestApp } from './harness.ts';
import { PLANTED_DAYS, type Plant, planted } from './unusual-plants.ts';
import { findingsAt, watchedSince } from './watching.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = 500;
const VIEW = 'log';

export interface Measured {
  readonly kind: FindingKind;
  readonly planted: number;
  /** Planted, and found as what it is. */
  readonly found: number;
  readonly told: number;
  /** Told of something that was planted, under whatever kind. */
  readonly right: number;
}
export interface Measurement {
  readonly kinds: readonly Measured[];
  readonly missed: readonly Plant[];
  readonly wrong: readonly Finding[];
  /** Wrong ones that were planted to be quiet. */
  readonly nearMisses: readonly (readonly [Plant, Finding])[];
}

const isAt = ({ tenant, person, from, to }: Plant, found: Finding): boolean =>
  tenant === found.tenant_id &&
  person === found.person.id &&
  Date.parse(found.from) < to &&
  Date.parse(found.to) > from;

function judge(plants: readonly Plant[], found: readonly Finding[]): Measurement {
  const real = plants.filter(({ kind }) => kind !== 'near miss');
  const near = plants.filter(({ kind }) => kind === 'near miss');
  const isFound = (plant: Plant) =>
    found.some((one) => one.kind === plant.kind && isAt(plant, one));
  const isRight = (one: Finding) => real.some((plant) => isAt(plant, one));
  const wrong = found.filter((one) => !isRight(one));
  return {
    kinds: FINDING_KINDS.map((kind) => {
      const ofKind = real.filter((plant) => plant.kind === kind);
      const told = found.filter((one) => one.kind === kind);
      const right = told.filter(isRight).length;
      const counts = { planted: ofKind.length, found: ofKind.filter(isFound).length };
      return { kind, ...counts, told: told.length, right };
    }),
    missed: real.filter((plant) => !isFound(plant)),
    wrong,
    nearMisses: wrong.flatMap((one) => {
      const plant = near.find((miss) => isAt(miss, one));
      return plant ? [[plant, one] as const] : [];
    }),
  };
}

/** Records, watches and measures, on a server of its own. */
export async function measure(seed: number): Promise<Measurement> {
  const nowMs = Date.now() - 3_600_000;
  const { events, plants } = planted(seed, nowMs);
  const app = await startTestApp({ dialect: 'sqlite' });
  try {
    for (let start = 0; start < events.length; start += AT_ONCE) {
      const batch = events.slice(start, start + AT_ONCE);
      const { status, text } = await app.admin('POST', '/v1/events', batch);
      if (status !== 201) throw new Error(text);
    }
    const found: Finding[] = [];
    for (const tenant of new Set(events.flatMap(({ tenant_id: id }) => id ?? []))) {
      const place = { tenant, view: VIEW };
      await watchedSince(app, place, nowMs - PLANTED_DAYS * DAY_MS);
      found.push(...(await findingsAt(app, place)));
    }
    return judge(plants, found);
  } finally {
    await app.stop();
  }
}

const share = (part: number, whole: number): string =>
  whole === 0 ? '   –' : (part / whole).toFixed(2).padStart(4);

async function main(seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const { kinds, missed, wrong, nearMisses } = await measure(seed);
    const lines = kinds.map(
      ({ kind, planted: all, found, told, right }) =>
        `${kind.padEnd(12)} recall ${share(found, all)} (${found}/${all})` +
        `  precision ${share(right, told)} (${right}/${told})`,
    );
    const text = [
      `seed ${seed}`,
      ...lines,
      ...missed.map(({ kind, tenant, person, from }) =>
        ['  missed', kind, tenant, person, new Date(from).toISOString()].join(' '),
      ),
      ...wrong.map((one) => `  wrong ${one.kind} ${one.person.id} ${one.from} ${one.sentence}`),
      ...nearMisses.map(([{ what }, one]) => `  near miss: ${what}: ${one.sentence}`),
    ];
    process.stdout.write(`${text.join('\n')}\n`);
  }
}

if (import.meta.main) await main(process.argv.slice(2).map(Number));
