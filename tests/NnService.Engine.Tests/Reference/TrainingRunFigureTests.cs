using System.Runtime.Intrinsics;
using System.Text.Json;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Reference;

public sealed class TrainingRunFigureTests
{
    [Theory]
    [InlineData("iris_sgd")]
    [InlineData("iris_momentum")]
    [InlineData("iris_nesterov")]
    [InlineData("iris_rmsprop")]
    [InlineData("iris_adam")]
    [InlineData("iris_adamw")]
    [InlineData("iris_adagrad")]
    [InlineData("iris_sgd_l2")]
    [InlineData("iris_adam_l2")]
    [InlineData("iris_full_batch_file_order")]
    [InlineData("iris_cosine")]
    [InlineData("iris_label_smoothing")]
    [InlineData("diabetes_mse_adam")]
    [InlineData("diabetes_huber_momentum")]
    [InlineData("breast_cancer_bce_sigmoid")]
    [InlineData("breast_cancer_bce_logits_adam")]
    public void Every_figure_of_the_run_is_met(string name)
    {
        var run = Figures.Read(name + ".json");
        var data = Figures.Read(run.GetProperty("data").GetString()!);
        var lossAsked = run.GetProperty("loss");
        var loss = Figures.Loss(lossAsked.GetProperty("name").GetString()!, Figures.Optional(lossAsked, "delta"));
        var isClasses = lossAsked.GetProperty("name").GetString() == "softmax_ce";
        var smoothing = Figures.Optional(lossAsked, "label_smoothing") ?? 0;
        var spec = Figures.Network(
            run.GetProperty("initial"),
            [.. run.GetProperty("activations").EnumerateArray().Select(asked =>
                Figures.Activation(asked.GetProperty("name").GetString()!, Figures.Optional(asked, "alpha")))]);
        var network = Network<double>.Build(spec, link: loss.Link);
        var train = SamplesOf("train");
        var order = OrderOf(run.GetProperty("row_order_per_epoch"), train.Rows);
        var batchSize = run.GetProperty("batch_size").GetInt32();
        var stepsPerEpoch = (order.VisitsPerEpoch + batchSize - 1) / batchSize;
        var options = new TrainerOptions
        {
            Loss = loss,
            Optimizer = Figures.Optimizer(run.GetProperty("optimizer")),
            Schedule = Figures.Schedule(run),
            Epochs = run.GetProperty("epochs").GetInt32(),
            BatchSize = batchSize,
        };

        var batchLosses = new List<double>();
        Trainer<double> trainer = null!;
        trainer = new Trainer<double>(network, train, null, order, options)
        {
            MinibatchTrained = batchLoss =>
            {
                batchLosses.Add(batchLoss);
                if (batchLosses.Count == 1)
                {
                    Figures.Equal(run.GetProperty("first_batch_gradient"), trainer.Gradient, "first gradient");
                    Figures.Equal(run.GetProperty("after_first_update"), trainer.Parameters, "parameters after the first update");
                }

                if (batchLosses.Count == stepsPerEpoch)
                    Figures.Equal(run.GetProperty("after_first_epoch"), trainer.Parameters, "parameters after the first epoch");
            },
        };
        var reports = new List<EpochResult>();
        var outcome = trainer.Run(reports.Add);

        Assert.Equal(TrainingEnd.Completed, outcome.End);
        Figures.Equal(run.GetProperty("batch_losses"), batchLosses.ToArray(), "minibatch losses");
        double[] trainLosses = [.. reports.Skip(1).Select(report => report.TrainLoss)];
        if (run.TryGetProperty("learning_rate_per_epoch", out var rates))
            Figures.Equal(rates, reports.Skip(1).Select(report => report.LearningRate).ToArray(), "learning rates");
        Figures.Equal(run.GetProperty("train_loss_after_each_epoch"), trainLosses, "training loss");
        Figures.Equal(run.GetProperty("final"), trainer.Parameters, "parameters at the end");

        var test = SamplesOf("test");
        var batch = test.Range(0, test.Rows, []);
        var output = network.Forward(
            new Workspace<double>(network, test.Rows, forTraining: false),
            new NetworkPass<double> { Input = batch.Inputs, Rows = test.Rows, Parameters = trainer.Parameters, State = trainer.State });
        var answers = output.ToArray();
        if (spec.EndsInSigmoid)
            Elementwise.Map<double, Logistic>(output, answers);
        Figures.Equal(run.GetProperty("test_outputs"), answers, "test outputs");
        Figures.Equal(run.GetProperty("test_loss").GetDouble(), loss.Build<double>().Value(output, batch.Targets, [], network.Outputs), "test loss");

        MemorySamples<double> SamplesOf(string part) => new(
            Figures.Numbers(data.GetProperty("x_" + part)),
            network.Inputs,
            Figures.Targets(data.GetProperty("y_" + part), isClasses, network.Outputs, smoothing),
            network.Outputs);
    }

    // A list of row numbers for every epoch, or the word "file order".
    private static RowOrder OrderOf(JsonElement recorded, int rows) => recorded.ValueKind == JsonValueKind.Array
        ? new PlayedBackOrder([.. recorded.EnumerateArray().Select(epoch => epoch.EnumerateArray().Select(row => row.GetInt32()).ToArray())])
        : RowOrder.Sequential(rows);

    private readonly struct Logistic : IUnaryFormula<double>
    {
        public static Vector512<double> Apply(Vector512<double> x) =>
            Transcendentals.Sigmoid(x);
    }
}
