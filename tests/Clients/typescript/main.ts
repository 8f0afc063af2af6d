// The main job through openapi-fetch on the types of openapi-typescript, as they come: network, upload, job, wait, predict, export.
// Argument: where the service listens.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Job = components["schemas"]["TrainingJobResponse"];

const api = createClient<paths>({ baseUrl: process.argv[2]! });

function expect(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(`Not as expected: ${what}`);
}

function got<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const network = got(await api.POST("/api/v1/networks", {
  body: {
    name: "ts-2-2-1",
    inputs: 2,
    layers: [
      { type: "dense", units: 2, activation: "sigmoid" },
      { type: "dense", units: 1, activation: { type: "sigmoid" } },
    ],
  },
}));
expect(network.parameterCount === 9, `${network.parameterCount} parameters`);

const table = "name,weight,height,gender\nAlice,133,65,F\nBob,160,72,M\nCharlie,152,70,M\nDiana,120,60,F\n";
const dataset = got(await api.POST("/api/v1/datasets", {
  params: { query: { name: "ts" } },
  body: table,
  bodySerializer: (text) => text as string,
  headers: { "Content-Type": "text/csv" },
}));
expect(dataset.rows === 4 && dataset.columns[1]?.type === "number", "the profile");

const configuration: components["schemas"]["TrainingConfiguration"] = {
  network: "ts-2-2-1",
  dataset: "ts",
  target: "gender",
  positiveLabel: "F",
  features: ["weight", "height"],
  preprocessing: { columns: { weight: { shift: 135, scale: 1 }, height: { shift: 66, scale: 1 } } },
  loss: "meanSquaredError",
  optimizer: { type: "sgd", learningRate: 0.1 },
  batchSize: 1,
  epochs: 1000,
  order: "sequential",
  precision: "float64",
  model: "ts",
};
// @ts-expect-error: a misspelt member does not compile
({ ...configuration, optimizer: { type: "sgd", learningrate: 0.1 } }) satisfies components["schemas"]["TrainingConfiguration"];

const validated = got(await api.POST("/api/v1/training-jobs", { params: { query: { validateOnly: true } }, body: configuration }));
expect("parameterCount" in validated && validated.parameterCount === 9, "what the job would do");
const started = got(await api.POST("/api/v1/training-jobs", { params: { header: { "Idempotency-Key": crypto.randomUUID() } }, body: configuration }));
expect("id" in started && started.id !== undefined, "a job");

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = got(await api.GET("/api/v1/training-jobs/{id}", { params: { path: { id } } }));
    if (job.state !== "queued" && job.state !== "running") return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const job = await ended(started.id);
expect(job.state === "succeeded" && job.model?.version === 1 && (job.trainLoss ?? 1) < 0.01, `${job.state}, loss ${job.trainLoss}`);
expect(job.metrics?.train?.accuracy === 1 && !job.metrics.test, "metrics of the part that there is");
expect(job.configuration !== undefined, "the configuration");
const again = got(await api.POST("/api/v1/training-jobs", { params: { header: { Prefer: "wait=60" } }, body: job.configuration }));
expect("state" in again && again.state === "succeeded" && again.trainLoss === job.trainLoss, "the configuration, posted as it came, trains the same");

const history = got(await api.GET("/api/v1/training-jobs/{id}/history", { params: { path: { id: job.id }, query: { maxPoints: 20 } } }));
expect(typeof history !== "string" && history.points.length === 20 && history.points[0]?.epoch === 0, "the history");
const listed = got(await api.GET("/api/v1/training-jobs", {
  params: { query: { limit: 1, state: "succeeded", dataset: "ts", fields: "id,metrics.train.accuracy" } },
}));
expect(listed.items[0]?.metrics?.train?.accuracy === 1 && listed.items[0].createdAt === undefined, "the list with two members of each job");

const answer = got(await api.POST("/api/v1/models/{name}/predict", {
  params: { path: { name: "ts" } },
  body: { rows: [{ weight: 128, height: 63 }, { weight: 155, height: 68 }] },
}));
expect(typeof answer !== "string" && answer.predictions.map((one) => one.label).join() === "F,M", "the labels");
const tensors = got(await api.POST("/v2/models/{name}/infer", {
  params: { path: { name: "ts" } },
  body: { inputs: [{ name: "input", datatype: "FP64", shape: [1, 2], data: [128, 63] }] },
}));
expect(typeof tensors !== "string" && tensors.outputs[0]?.data?.[0] === "F", "the tensors");

const file = got(await api.GET("/api/v1/models/{name}/export/{format}", { params: { path: { name: "ts", format: "onnx" } }, parseAs: "arrayBuffer" }));
expect(file.byteLength > 500, `${file.byteLength} bytes of ONNX`);

const none = await api.GET("/api/v1/training-jobs/{id}", { params: { path: { id: "none" } } });
expect(none.response.status === 404 && none.error?.errors[0]?.detail !== undefined, "a refusal of what is not there");

console.log("openapi-fetch: the main job is done.");
