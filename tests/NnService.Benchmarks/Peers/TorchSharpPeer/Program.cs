// The workloads in TorchSharp, as torch_peer.py has them: dotnet TorchSharpPeer.dll T3 digits.csv. Tensors are in memory, minibatches are views, one thread.
// A scope around each step gives its tensors back at once. TorchSharp's optimizers take one array after another; there is no other kind.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using NnService.Benchmarks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Rule = TorchSharp.torch.optim.Optimizer;

// Before TorchSharp tries: it does not say what was wrong, and copies half a gigabyte before it gives up.
try
{
    NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, DllImportSearchPath.AssemblyDirectory);
}
catch (DllNotFoundException exception)
{
    var reasons = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    Console.Error.WriteLine((reasons.FirstOrDefault(reason => reason.Contains("required by")) ?? reasons[0]).Split(" (required by")[0]);
    return 1;
}

set_num_threads(1);
var version = $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}";
if (args[0] == "version")
{
    Console.WriteLine(version);
    return 0;
}

random.manual_seed(1);
float[,] heights = { { -2, -1 }, { 25, 6 }, { 17, 4 }, { -15, -6 } };
float[,] points = { { 0, 0, 1 }, { 1, 1, 1 }, { 1, 0, 1 }, { 0, 1, 1 } };
var count = args[0] switch { "P1" => 1000, "P2" => 10, _ => 1 };
Func<Action>? prepare = args[0] switch
{
    "T1" => Small([2, 2, 1], heights, [1, 0, 0, 1], 1000, 1, true, (p, t) => functional.mse_loss(p, t)),
    "T2" => Small([3, 4, 5, 1], points, [0, 1, 1, 0], 5000, 4, false, (p, t) => 0.5 * functional.mse_loss(p, t, Reduction.Sum)),
    "T3" => Digits(args[1]),
    "T4-SGD" => Classes(60_000, [784, 128, 10], 64, Sgd),
    "T4-Adam" => Classes(60_000, [784, 128, 10], 64, Adam),
    "T5" => Classes(20 * 256, [784, 1024, 1024, 10], 256, Adam),
    "T6" => Training([50, 256, 128, 1], rand(100_000, 50), rand(100_000, 1), 128, 1, (p, t) => functional.mse_loss(p, t), Adam),
    "P1" => Prediction(1, count),
    "P2" => Prediction(1000, count),
    _ => null,
};
if (prepare is null)
    return 2;
Console.WriteLine(JsonSerializer.Serialize(Measurement.Fastest(prepare, count) with { Version = version }, JsonSerializerOptions.Web));
return 0;

static Rule Adam(Module<Tensor, Tensor> model) => optim.Adam(model.parameters(), lr: 0.001);

static Rule Sgd(Module<Tensor, Tensor> model) => optim.SGD(model.parameters(), learningRate: 0.01);

static Module<Tensor, Tensor> Network(int[] widths, Func<Module<Tensor, Tensor>> activation, bool isLastLinear, bool bias, ScalarType type)
{
    var chain = new List<Module<Tensor, Tensor>>();
    for (var i = 1; i < widths.Length; i++)
        chain.AddRange([Linear(widths[i - 1], widths[i], bias, dtype: type), activation()]);
    return Sequential(isLastLinear ? chain.SkipLast(1) : chain);
}

static Module<Tensor, Tensor> Relu(int[] widths) => Network(widths, () => ReLU(), isLastLinear: true, bias: true, ScalarType.Float32);

static void Step(Module<Tensor, Tensor> model, Rule rule, Func<Tensor, Tensor, Tensor> loss, Tensor x, Tensor t)
{
    using var scope = NewDisposeScope();
    rule.zero_grad();
    loss(model.forward(x), t).backward();
    rule.step();
}

static Func<Action> Small(
    int[] widths, float[,] rows, float[] targets, int epochs, int batch, bool bias, Func<Tensor, Tensor, Tensor> loss)
{
    var inputs = tensor(rows, ScalarType.Float64);
    var wanted = tensor(targets, ScalarType.Float64).reshape(-1, 1);
    var batches = inputs.split(batch).Zip(wanted.split(batch)).ToArray();
    return () =>
    {
        var model = Network(widths, () => Sigmoid(), isLastLinear: false, bias, ScalarType.Float64);
        var rule = optim.SGD(model.parameters(), learningRate: 0.1);
        return () =>
        {
            for (var epoch = 0; epoch < epochs; epoch++)
                foreach (var (x, t) in batches)
                    Step(model, rule, loss, x, t);
        };
    };
}

static Func<Action> Training(
    int[] widths, Tensor inputs, Tensor targets, int batch, int epochs, Func<Tensor, Tensor, Tensor> loss, Func<Module<Tensor, Tensor>, Rule> optimizer,
    bool shuffle = false) =>
    () =>
    {
        var model = Relu(widths);
        var rule = optimizer(model);
        return () =>
        {
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                using var scope = NewDisposeScope();
                var (x, t) = (inputs, targets);
                if (shuffle)
                {
                    var order = randperm(inputs.shape[0], ScalarType.Int64);
                    (x, t) = (inputs.index_select(0, order), targets.index_select(0, order));
                }

                foreach (var (xs, ts) in x.split(batch).Zip(t.split(batch)))
                    Step(model, rule, loss, xs, ts);
            }
        };
    };

static Func<Action> Classes(int rows, int[] widths, int batch, Func<Module<Tensor, Tensor>, Rule> optimizer) =>
    Training(widths, rand(rows, 784), randint(10, [rows], ScalarType.Int64), batch, 1, (p, t) => functional.cross_entropy(p, t), optimizer);

static Func<Action> Digits(string path)
{
    var lines = File.ReadLines(path).Skip(1)
        .Select(line => Array.ConvertAll(line.Split(','), cell => float.Parse(cell, CultureInfo.InvariantCulture))).ToArray();
    var inputs = tensor(lines.SelectMany(cells => cells.Take(64)).ToArray()).reshape(-1, 64) / 16;
    var targets = tensor(lines.Select(cells => (long)cells[64]).ToArray());
    return Training([64, 64, 10], inputs, targets, 32, 20, (p, t) => functional.cross_entropy(p, t), Adam, shuffle: true);
}

static Func<Action> Prediction(int rows, int times)
{
    var (model, inputs) = (Relu([784, 128, 10]), rand(rows, 784));
    return () => () =>
    {
        using var mode = inference_mode();
        for (var i = 0; i < times; i++)
        {
            using var scope = NewDisposeScope();
            model.forward(inputs);
        }
    };
}
