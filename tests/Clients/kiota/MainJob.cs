// The main job through the client that Kiota generates, as it comes: network, upload, job, wait, predict, export. Argument: where the service listens.
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;
using Microsoft.Kiota.Http.HttpClientLibrary;
using NnService.Generated;
using NnService.Generated.Models;

using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider()) { BaseUrl = args[0] };
var api = new NnServiceClient(adapter).Api.V1;

var network = await api.Networks.PostAsync(new NetworkRequest
{
    Name = "kiota-2-2-1",
    Inputs = 2,
    Layers =
    [
        new() { DenseLayer = new() { Type = DenseLayer_type.Dense, Units = 2, Activation = new() { String = "sigmoid" } } },
        new() { DenseLayer = new() { Type = DenseLayer_type.Dense, Units = 1, Activation = new() { String = "sigmoid" } } },
    ],
});
Expect(network?.ParameterCount == 9, $"{network?.ParameterCount} parameters");
Expect((await api.Networks["kiota-2-2-1"].GetAsync())?.Layers?[0].Type == "dense", "a layer's type");

var dataset = await api.Datasets.PostAsync(new DatasetRequest
{
    Name = "kiota",
    Columns = ["name", "weight", "height", "gender"],
    Rows = new UntypedArray([Row("Alice", 133, 65, "F"), Row("Bob", 160, 72, "M"), Row("Charlie", 152, 70, "M"), Row("Diana", 120, 60, "F")]),
});
Expect(dataset?.Rows == 4 && dataset.Columns!.Single(column => column.Name == "weight").Type == ColumnType.Number, "the profile");

var configuration = new TrainingConfiguration
{
    Network = new() { String = "kiota-2-2-1" },
    Dataset = "kiota",
    Target = new() { TrainingConfigurationTargetString = "gender" },
    PositiveLabel = "F",
    Features = ["weight", "height"],
    Loss = new() { String = "binaryCrossEntropy" },
    Optimizer = new() { SgdOptimizer = new() { Type = SgdOptimizer_type.Sgd, LearningRate = 0.5 } },
    BatchSize = 1,
    Epochs = 1000,
    Order = VisitOrder.Sequential,
    Precision = PrecisionOrNull.Float64,
    Model = "kiota",
};
var validated = await api.TrainingJobs.PostAsync(configuration, request => request.QueryParameters.ValidateOnly = true);
Expect(validated?.TrainingValidationResponse?.ParameterCount == 9 && validated.TrainingJobResponse?.Id is null, "what the job would do");
var started = await api.TrainingJobs.PostAsync(
    configuration, request => request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString()));
var job = started!.TrainingJobResponse!;
while (job.State is JobState.Queued or JobState.Running)
{
    await Task.Delay(100);
    job = (await api.TrainingJobs[job.Id.ToString()!].GetAsync())!;
}

Expect(job is { State: JobState.Succeeded, StopReason: StopReason.Completed, Model.Version: 1, TrainLoss: < 0.05 }, $"{job.State}, loss {job.TrainLoss}");
Expect(job.Metrics?.Train?.Accuracy == 1 && job.Metrics.Test is null, "metrics of the part that there is");
Expect(job.Configuration?.Optimizer?.SgdOptimizer?.LearningRate == 0.5, "the optimizer, by its type");
Expect(job.Configuration?.Network?.String == "kiota-2-2-1", "the network's name");
var again = (await api.TrainingJobs.PostAsync(job.Configuration!, request => request.Headers.Add("Prefer", "wait=60")))!
    .TrainingJobResponse!;
Expect(again is { State: JobState.Succeeded, Model.Version: 2 } && again.TrainLoss == job.TrainLoss, "the configuration, posted as it came, trains the same");
var history = await api.TrainingJobs[job.Id.ToString()!].History.GetAsync(request => request.QueryParameters.MaxPoints = 20);
Expect(history?.Points?.Count == 20 && history.Points[0].Epoch == 0, $"{history?.Points?.Count} points");
var listed = await api.TrainingJobs.GetAsync(request =>
{
    request.QueryParameters.Limit = 1;
    request.QueryParameters.StateAsJobState = JobState.Succeeded;
    request.QueryParameters.Fields = "id,metrics.train.accuracy";
});
Expect(listed?.Items?.Single() is { Metrics.Train.Accuracy: 1 } item && item.Id == again.Id, "the list with two members of each job");

var answer = await api.Models["kiota"].Predict.PostAsync(new PredictRequest { Rows = new UntypedArray([Named(128, 63), Named(155, 68)]) });
Expect(answer!.Predictions!.Select(prediction => prediction.Label).SequenceEqual(["F", "M"]), "the labels");

using (var file = await api.Models["kiota"].Export["onnx"].GetAsync())
{
    using var bytes = new MemoryStream();
    await file!.CopyToAsync(bytes);
    Expect(bytes.Length > 500, $"{bytes.Length} bytes of ONNX");
}

try
{
    await api.TrainingJobs["none"].GetAsync();
    Expect(false, "a job that is not there");
}
catch (Problem refused)
{
    Expect(refused.Status == 404 && refused.Errors!.Count == 1, refused.Message);
}

Console.WriteLine("Kiota: the main job is done.");

static UntypedArray Row(string name, int weight, int height, string gender) =>
    new([new UntypedString(name), new UntypedInteger(weight), new UntypedInteger(height), new UntypedString(gender)]);

static UntypedObject Named(int weight, int height) =>
    new(new Dictionary<string, UntypedNode> { ["weight"] = new UntypedInteger(weight), ["height"] = new UntypedInteger(height) });

static void Expect(bool isSo, string what)
{
    if (!isSo)
        throw new InvalidOperationException($"Not as expected: {what}");
}
