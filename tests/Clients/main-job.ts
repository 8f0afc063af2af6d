// The main job in TypeScript, on fetch alone: npx -p typescript@latest tsc main-job.ts && node main-job.js [http://localhost:5080]
declare const process: { argv: string[] };

type Job = {
  id: string;
  state: "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
  metrics: { test: { r2: number } } | null;
  error: { detail: string } | null;
};
type Predictions = { predictions: { value: number }[] };
type Problem = { detail: string };

const base = `${process.argv[2] ?? "http://localhost:5080"}/api/v1`;
const table = "x,y\n" + Array.from({ length: 40 }, (_, i) => `${i / 2},${i + 1}\n`).join("");

/** Sends a request; an object goes as JSON, text as CSV. Gives the JSON of the answer. */
async function call<T>(method: string, path: string, body?: object | string, headers: Record<string, string> = {}): Promise<T> {
  const isCsv = typeof body === "string";
  const answer = await fetch(base + path, {
    method,
    headers: { "Content-Type": isCsv ? "text/csv" : "application/json", ...headers },
    body: body === undefined ? undefined : isCsv ? body : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${((await answer.json()) as Problem).detail}`);
  return (await answer.json()) as T;
}

async function main(): Promise<void> {
  await call("POST", "/datasets?name=ts-line", table);
  let job = await call<Job>("POST", "/training-jobs", { dataset: "ts-line", target: "y", task: "regression", seed: 1 }, { Prefer: "wait=60" });
  while (job.state === "queued" || job.state === "running") job = await call<Job>("GET", `/training-jobs/${job.id}`); // where a minute was not enough
  if (job.state !== "succeeded" || job.metrics === null) throw new Error(`${job.state}: ${job.error?.detail}`);
  console.log("R² on rows it has not seen:", job.metrics.test.r2);
  const answer = await call<Predictions>("POST", "/models/ts-line/predict", { rows: [{ x: 12 }] });
  console.log("y of x = 12:", answer.predictions[0].value);
}

main();
