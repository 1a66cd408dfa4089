/** Jobs about many connections: how much memory they take, and what happens when they all go or come at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../accounting.ts';
import { Fleet } from './fleet.ts';
import { Histogram, latencyOf } from './histogram.ts';
import type { DropJob, IdleJob, IdleResult, ReconnectJob, StormResult } from './job.ts';
import { scripts } from './scripts.ts';
import type { Station } from './station.ts';

export async function idle(job: IdleJob): Promise<IdleResult> {
  // The first connections make code compile and pools fill; they are not what an idle connection costs.
  const first = new Fleet(job.target, 'boot16', `${job.prefix}w`);
  await first.open(200);
  await first.close();
  await sleep(job.settleMs);
  const baseBytes = residentBytes(job.target.pid);
  const fleet = new Fleet(job.target, 'boot16', job.prefix);
  fleet.watchLosses();
  const steps = [];
  let seconds = 0;
  for (const connections of job.steps) {
    const begun = performance.now();
    await fleet.open(connections);
    seconds += (performance.now() - begun) / 1000;
    await sleep(job.settleMs);
    const bytes = residentBytes(job.target.pid);
    steps.push({ connections, bytes, perConnection: (bytes - baseBytes) / connections });
  }
  const { tally } = fleet;
  await fleet.close();
  return { baseBytes, steps, seconds, unanswered: 0, errors: tally.errors, samples: tally.samples };
}

const retryMs = 1000;
const patienceMs = 60_000;

/** Cuts all of `fleet` in one instant and connects it again at once, until all are booted. */
async function cutAndRecover(fleet: Fleet): Promise<Omit<StormResult, 'bystanderMaxMs'>> {
  const { tally, stations } = fleet;
  const latency = new Histogram();
  const begunAt = new Map<Station, number>();
  let retries = 0;
  let back = 0;
  const attempt = (station: Station) => {
    begunAt.set(station, performance.now());
    station.connect();
  };
  let recovering = true;
  fleet.onChange = (station) => {
    if (station.phase === 'ready') {
      latency.add((performance.now() - (begunAt.get(station) ?? 0)) * 1000);
      back++;
    } else if (station.phase === 'lost' && recovering && begunAt.has(station)) {
      retries++;
      if (retries <= 3) tally.samples.push(`${station.id}: ${station.lostBecause}`);
      setTimeout(attempt, retryMs, station);
    }
  };
  const begun = performance.now();
  for (const station of stations) station.drop();
  for (const station of stations) attempt(station);
  while (back < stations.length && performance.now() - begun < patienceMs) await sleep(5);
  const recoveredMs = performance.now() - begun;
  recovering = false;
  if (back < stations.length) tally.error(`${stations.length - back} stations did not come back in ${patienceMs} ms`);
  return {
    recoveredMs,
    latency: latencyOf(latency),
    retries,
    unanswered: stations.length - back,
    errors: tally.errors,
    samples: tally.samples,
  };
}

export async function reconnect(job: ReconnectJob): Promise<StormResult> {
  const fleet = new Fleet(job.target, 'boot16', job.prefix);
  await fleet.open(job.connections);
  const result = await cutAndRecover(fleet);
  await fleet.close();
  return { ...result, bystanderMaxMs: 0 };
}

export async function drop(job: DropJob): Promise<StormResult> {
  const victims = new Fleet(job.target, 'boot16', `${job.prefix}v`);
  const bystanders = new Fleet(job.target, 'boot16', `${job.prefix}b`);
  await victims.open(job.drop);
  await bystanders.open(job.connections - job.drop);
  bystanders.watchLosses();
  bystanders.tally.latency.reset();
  const [heartbeat] = scripts.heartbeat16.loop;
  // Each bystander says something five times a second, throughout.
  const timer = setInterval(() => {
    for (const station of bystanders.stations)
      if (station.phase === 'ready' && !station.waiting) station.say(heartbeat);
  }, 200);
  await sleep(1000);
  const result = await cutAndRecover(victims);
  await sleep(1000);
  clearInterval(timer);
  await sleep(1000);
  const { tally } = bystanders;
  const unanswered = result.unanswered + bystanders.unanswered;
  const bystanderMaxMs = tally.latency.max / 1000;
  await Promise.all([victims.close(), bystanders.close()]);
  return {
    ...result,
    unanswered,
    bystanderMaxMs,
    errors: result.errors + tally.errors,
    samples: [...result.samples, ...tally.samples],
  };
}
