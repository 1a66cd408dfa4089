/** Jobs that count what is done in a window of time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from './fleet.ts';
import { latencyOf } from './histogram.ts';
import { HttpClient } from './http.ts';
import { type CommandsJob, type ConnectsJob, Meters, type RateResult, type ThroughputJob } from './job.ts';
import { scripts } from './scripts.ts';
import { Station, Tally } from './station.ts';

export async function throughput(job: ThroughputJob): Promise<RateResult> {
  const fleet = new Fleet(job.target, job.script, job.prefix);
  await fleet.open(job.connections);
  fleet.watchLosses();
  const { tally } = fleet;
  for (const station of fleet.stations) station.startLoop();
  await sleep(job.warmUpMs);
  tally.latency.reset();
  const from = tally.answered;
  const meters = new Meters(job.target);
  await sleep(job.windowMs);
  const read = meters.read(tally.answered - from);
  const latency = latencyOf(tally.latency);
  for (const station of fleet.stations) station.stopLoop();
  let unanswered = 0;
  try {
    await fleet.reach('done');
  } catch (error) {
    unanswered = Math.max(1, fleet.unanswered);
    tally.error(String(error));
  }
  await fleet.close();
  return { ...read, latency, unanswered, errors: tally.errors, samples: tally.samples };
}

/** Every lane takes the next station, connects it, boots it, lets it go. */
export async function connects(job: ConnectsJob): Promise<RateResult> {
  const tally = new Tally();
  let next = 0;
  let booted = 0;
  let running = 0;
  let stopping = false;
  const turn = () => {
    if (stopping) {
      running--;
      return;
    }
    const id = `${job.prefix}${String(1 + (next++ % job.stations)).padStart(5, '0')}`;
    let begun = 0;
    const station = new Station(id, scripts.boot16, job.target, tally, ({ phase, lostBecause }) => {
      if (phase === 'ready') {
        booted++;
        tally.latency.add((performance.now() - begun) * 1000);
        station.close();
      } else if (phase === 'lost') {
        if (begun > 0 && lostBecause !== 'closed by this side') tally.error(`${id} is lost: ${lostBecause}`);
        turn();
      }
    });
    begun = performance.now();
    station.connect();
  };
  for (; running < job.concurrency; running++) turn();
  await sleep(job.warmUpMs);
  tally.latency.reset();
  const from = booted;
  const meters = new Meters(job.target);
  await sleep(job.windowMs);
  const read = meters.read(booted - from);
  const latency = latencyOf(tally.latency);
  stopping = true;
  const deadline = performance.now() + 10_000;
  while (running > 0 && performance.now() < deadline) await sleep(10);
  return { ...read, latency, unanswered: running, errors: tally.errors, samples: tally.samples };
}

export async function commands(job: CommandsJob): Promise<RateResult> {
  const { commands: face } = job.target;
  if (face === undefined) throw new Error(`${job.target.name} takes no commands`);
  const fleet = new Fleet(job.target, 'ready16', job.prefix);
  await fleet.open(job.connections);
  fleet.watchLosses();
  const tally = new Tally();
  let completed = 0;
  let running = 0;
  let stopping = false;
  const clients = fleet.stations.map((station) => {
    const client = new HttpClient(
      face.port,
      `POST /v1/stations/${station.id}/commands/${face.action} HTTP/1.1\r\nHost: 127.0.0.1:${face.port}\r\n` +
        `Authorization: Bearer ${face.key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(face.body)}\r\n\r\n${face.body}`,
    );
    return client;
  });
  const lane = async (client: HttpClient) => {
    while (!stopping) {
      const begun = performance.now();
      const { status, body } = await client.request();
      tally.latency.add((performance.now() - begun) * 1000);
      if (status !== 200 || !body.includes('"Accepted"')) tally.error(`${status} ${body}`);
      completed++;
    }
  };
  await Promise.all(clients.map((client) => client.open()));
  for (const client of clients) {
    running++;
    lane(client).then(
      () => running--,
      (error: unknown) => tally.error(String(error)),
    );
  }
  await sleep(job.warmUpMs);
  tally.latency.reset();
  const from = completed;
  const meters = new Meters(job.target);
  await sleep(job.windowMs);
  const read = meters.read(completed - from);
  const latency = latencyOf(tally.latency);
  stopping = true;
  const deadline = performance.now() + 10_000;
  while (running > 0 && performance.now() < deadline) await sleep(10);
  for (const client of clients) client.close();
  await fleet.close();
  const samples = [...tally.samples, ...fleet.tally.samples];
  return { ...read, latency, unanswered: running, errors: tally.errors + fleet.tally.errors, samples };
}
