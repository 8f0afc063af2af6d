// P1 and P2 with ONNX Runtime in process, on one thread, from and into memory that is bound once: dotnet OnnxRuntimePeer.dll P1 NETWORK.onnx ROW
// ROW holds floats: a row for the network, and what we answer to it.
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using NnService.Benchmarks;

const int Inputs = 784;
const int Outputs = 10;
const float Tolerance = 1e-5f; // of float sums in another order

var version = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";
if (args[0] == "version")
{
    Console.WriteLine(version);
    return 0;
}

var (rows, times) = args[0] switch { "P1" => (1, 1000), "P2" => (1000, 10), _ => (0, 0) };
if (rows == 0)
    return 2;
using var options = new SessionOptions
{
    IntraOpNumThreads = 1,
    InterOpNumThreads = 1,
    ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
    GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
};
options.AddFreeDimensionOverrideByName("N", rows); // sizes known when the session is made
using var session = new InferenceSession(args[1], options);
var row = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(args[2])).ToArray();
var (input, output) = (new float[rows * Inputs], new float[rows * Outputs]);
var random = new Random(1);
for (var i = 0; i < input.Length; i++)
    input[i] = i < Inputs ? row[i] : random.NextSingle();
using var x = OrtValue.CreateTensorValueFromMemory(input, [rows, Inputs]);
using var y = OrtValue.CreateTensorValueFromMemory(output, [rows, Outputs]);
using var binding = session.CreateIoBinding();
binding.BindInput("x", x);
binding.BindOutput("y", y);
using var run = new RunOptions();

session.RunWithBinding(run, binding);
for (var i = 0; i < Outputs; i++)
{
    if (!(Math.Abs(output[i] - row[Inputs + i]) < Tolerance))
        throw new InvalidOperationException($"Output {i} is {output[i]}, ours {row[Inputs + i]}.");
}

var measured = Measurement.Fastest(
    () => () =>
    {
        for (var i = 0; i < times; i++)
            session.RunWithBinding(run, binding);
    },
    times);
Console.WriteLine(JsonSerializer.Serialize(measured with { Version = version }, JsonSerializerOptions.Web));
return 0;
