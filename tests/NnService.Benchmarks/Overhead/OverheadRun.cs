using System.Diagnostics;
using System.Globalization;
using System.Text;
using NnService.Benchmarks.Accuracy;
using NnService.Benchmarks.Peers;
using NnService.Benchmarks.Workloads;
using NnService.Engine;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Benchmarks.Overhead;

/// <summary>What the service adds to a training: the same job through HTTP, with history, progress, checkpoints and a listener, and by the engine alone; in
/// turn.</summary>
internal static class OverheadRun
{
    private static readonly Job[] Jobs =
    [
        new("T3-like: digits 64-64-10, batch 32, Adam", 64, 10, 64, 32,
            new AdamSpec { LearningRate = 0.0001 }, "{\"type\":\"adam\",\"learningRate\":0.0001}", 14_000, null),
        new("T4-like: 784-128-10, batch 64, SGD", 784, 10, 128, 64, new SgdSpec { LearningRate = 0.001 },
            "{\"type\":\"sgd\",\"learningRate\":0.001}", 300, 8_000),
    ];

    public static int FromCommandLine(string[] arguments)
    {
        var pairs = Array.IndexOf(arguments, "--pairs") is >= 0 and var at ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : 5;
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, {Machine.Processor}, {pairs} pairs, one thread");
        using var service = new ServiceUnderTest("--Training:ThreadsPerJob=1");
        foreach (var job in Jobs)
        {
            var csv = job.Csv();
            service.Upload($"overhead-{job.Inputs}", csv);
            var bare = job.Bare(csv);
            var ratios = new List<double>();
            for (var pair = 0; pair < pairs; pair++)
            {
                var alone = bare();
                var served = service.TrainListenedTo(job.Body);
                ratios.Add(served / alone);
                Console.WriteLine($"  {job.Name}: engine {alone:0.00} s, service {served:0.00} s, {100 * (ratios[^1] - 1):+0.0;-0.0} %");
            }

            ratios.Sort();
            Console.WriteLine($"{job.Name}: median {100 * (ratios[ratios.Count / 2] - 1):+0.0;-0.0} % (target at most +10 %)");
        }

        return 0;
    }

    private sealed record Job(
        string Name, int Inputs, int Labels, int Units, int BatchSize, OptimizerSpec Optimizer, string OptimizerJson, int Epochs, int? RandomRows)
    {
        public string Body => $$"""
            {"dataset":"overhead-{{Inputs}}","target":"{{Target}}","split":{"train":1,"validation":0,"test":0},"historyLoss":"running","batchSize":{{BatchSize}},"epochs":{{Epochs}},
             "features":[{{string.Join(',', FeatureNames.Select(name => $"\"{name}\""))}}],"optimizer":{{OptimizerJson}},"classWeights":"none",
             "network":{"layers":[{"type":"dense","units":{{Units}},"activation":"relu"},{"type":"dense","activation":"linear"}]},"loss":"softmaxCrossEntropy"}
            """;

        private string Target => RandomRows is null ? "digit" : "label";

        private IEnumerable<string> FeatureNames => Enumerable.Range(0, Inputs).Select(i => RandomRows is null ? $"pixel_{i / 8}_{i % 8}" : $"x{i}");

        public byte[] Csv()
        {
            if (RandomRows is not { } rows)
                return File.ReadAllBytes(MinibatchTraining.DigitsFile);
            var random = new Random(1);
            var csv = new StringBuilder(string.Join(',', FeatureNames)).Append(",label\n");
            for (var row = 0; row < rows; row++)
            {
                for (var i = 0; i < Inputs; i++)
                    csv.Append(random.Next(256)).Append(',');
                csv.Append(random.Next(Labels)).Append('\n');
            }

            return Encoding.UTF8.GetBytes(csv.ToString());
        }

        public Func<double> Bare(byte[] csv)
        {
            var table = CsvTable.Read(new MemoryStream(csv));
            int[] rows = [.. Enumerable.Range(0, table.Rows)];
            var features = FeatureEncoding.Fit(table, [.. FeatureNames], rows, new PreprocessingSpec());
            var target = TargetEncoding.Fit(table, [Target], TaskKind.MulticlassClassification, null, TargetScaling.None, rows);
            var inputs = new float[rows.Length * features.Width];
            features.Bind(table).Encode<float>(rows, inputs);
            var targets = new float[rows.Length * Labels];
            target.Encode<float>(table, rows, Labels, targets);
            var samples = new MemorySamples<float>(inputs, features.Width, targets, Labels);
            var network = Network<float>.Build(MinibatchTraining.ReluNetwork(Units, Labels), features.Width, Labels, new SoftmaxCrossEntropySpec().Link);
            var options = new TrainerOptions
            {
                Loss = new SoftmaxCrossEntropySpec(),
                Optimizer = Optimizer,
                Epochs = Epochs,
                BatchSize = BatchSize,
                ExactTrainLoss = false
            };
            return () =>
            {
                var trainer = new Trainer<float>(network, samples, null, RowOrder.Shuffled(samples.Rows, 0), options);
                var begin = Stopwatch.GetTimestamp();
                trainer.Run(_ => { });
                return Stopwatch.GetElapsedTime(begin).TotalSeconds;
            };
        }
    }
}
