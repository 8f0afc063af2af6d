// The main job through the client that NSwag generates, as it comes: network, upload, job, wait, predict, export. Argument: where the service listens.
using Newtonsoft.Json.Linq;
using NnService.Generated;

var client = new NnServiceClient(new HttpClient()) { BaseUrl = args[0] };

var network = await client.CreateNetworkAsync(new NetworkRequest
{
    Name = "nswag-2-2-1",
    Inputs = 2,
    Layers =
    [
        new DenseLayer { Units = 2, Activation = "sigmoid" },
        new DenseLayer { Units = 1, Activation = new SigmoidActivation() },
    ],
});
Expect(network.ParameterCount == 9, $"{network.ParameterCount} parameters");
Expect((await client.GetNetworkAsync("nswag-2-2-1", null)).Layers.First().Type == "dense", "a layer's type");

// Of the several forms of a table NSwag takes the first, which is JSON.
var dataset = await client.UploadDatasetAsync(null, null, null, null, null, null, null, new DatasetRequest
{
    Name = "nswag",
    Columns = ["name", "weight", "height", "gender"],
    Rows =
    [
        new object[] { "Alice", 133, 65, "F" }, new object[] { "Bob", 160, 72, "M" },
        new object[] { "Charlie", 152, 70, "M" }, new object[] { "Diana", 120, 60, "F" },
    ],
}, null);
Expect(dataset.Rows == 4 && dataset.Columns.Single(column => column.Name == "weight").Type == ColumnType.Number, "the profile");

var configuration = new TrainingConfiguration
{
    Network = "nswag-2-2-1",
    Dataset = "nswag",
    Target = "gender",
    PositiveLabel = "F",
    Features = ["weight", "height"],
    Preprocessing = new PreprocessingSpec
    {
        Columns = new Dictionary<string, ColumnScaling>
        {
            ["weight"] = new() { Shift = 135, Scale = 1 },
            ["height"] = new() { Shift = 66, Scale = 1 },
        },
    },
    Loss = "meanSquaredError",
    Optimizer = new SgdOptimizer { LearningRate = 0.1 },
    Schedule = "constant",
    BatchSize = 1,
    Epochs = 1000,
    Order = VisitOrder.Sequential,
    Precision = PrecisionOrNull.Float64,
    Model = "nswag",
};
var validated = await client.StartTrainingAsync(true, null, null, configuration);
Expect(validated.ParameterCount == 9 && validated.Seconds > 0, "what the job would do");
var started = await client.StartTrainingAsync(null, null, Guid.NewGuid().ToString(), configuration);
var job = await client.GetTrainingJobAsync(started.Id.ToString());
Expect(Equals(job.Configuration.Network, "nswag-2-2-1"), $"the network is {job.Configuration.Network}");
Expect((string?)((JObject)job.Configuration.Optimizer)["type"] == "sgd", "the optimizer's type");
while (job.State is JobState.Queued or JobState.Running)
{
    await Task.Delay(100);
    job = await client.GetTrainingJobAsync(job.Id.ToString());
}

Expect(job is { State: JobState.Succeeded, StopReason: StopReason.Completed, Model.Version: 1, TrainLoss: < 0.01 }, $"{job.State}, loss {job.TrainLoss}");
Expect(job.Metrics.Train.Accuracy == 1 && job.Metrics.Test is null, "metrics of the part that there is");
var again = await client.StartTrainingAsync(null, "wait=60", null, job.Configuration);
Expect(again is { State: JobState.Succeeded, Model.Version: 2 } && again.TrainLoss == job.TrainLoss, "the configuration, posted as it came, trains the same");
var history = await client.GetTrainingHistoryAsync(job.Id.ToString(), 0, 20);
Expect(history.Points.Count == 20 && history.Points.First().Epoch == 0, $"{history.Points.Count} points");
using var picture = await client.GetLossCurveAsync(job.Id.ToString());
Expect((await new StreamReader(picture.Stream).ReadToEndAsync()).StartsWith("<svg"), "the picture");
var listed = await client.ListTrainingJobsAsync(1, null, JobState.Succeeded, "nswag", null, null, null, "-createdAt", "id,metrics.train.accuracy");
Expect(listed.Items.Single().Id == again.Id && listed.Items.Single().Metrics.Train.Accuracy == 1, "the list with two members of each job");

var rows = new PredictRequest { Rows = [new { weight = 128, height = 63 }, new { weight = 155, height = 68 }] };
var answer = await client.PredictWithModelAsync("nswag", null, null, null, null, null, null, null, null, rows);
Expect(answer.Predictions.Select(prediction => prediction.Label).SequenceEqual(["F", "M"]), "the labels");
Expect(answer.Predictions.First().Probabilities["F"] > 0.9, "the probability");
var tensors = await client.InferWithModelAsync("nswag", null, new InferenceRequest
{
    Id = "1",
    Inputs = [new InferenceInput { Name = "input", Datatype = "FP64", Shape = [1, 2], Data = [128, 63] }],
});
Expect(tensors.Id == "1" && Equals(tensors.Outputs.First().Data.Single(), "F"), "the tensors");

using var file = await client.ExportModelAsync("nswag", Format.Onnx, null);
using var bytes = new MemoryStream();
await file.Stream.CopyToAsync(bytes);
Expect(bytes.Length > 500, $"{bytes.Length} bytes of ONNX");
using var document = await client.ExportModelAsync("nswag", Format.Json, null);
Expect(JObject.Parse(await new StreamReader(document.Stream).ReadToEndAsync())["format"] is not null, "the JSON export");

try
{
    await client.GetTrainingJobAsync("none");
    Expect(false, "a job that is not there");
}
catch (ApiException<Problem> refused)
{
    Expect(refused.StatusCode == 404 && refused.Result.Errors.Count == 1, refused.Message);
}

Console.WriteLine("NSwag: the main job is done.");

static void Expect(bool isSo, string what)
{
    if (!isSo)
        throw new InvalidOperationException($"Not as expected: {what}");
}
