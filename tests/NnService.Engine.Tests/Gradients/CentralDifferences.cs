using NnService.Engine.Losses;
using NnService.Engine.Random;
using NnService.Engine.Tests.Layers;

namespace NnService.Engine.Tests.Gradients;

/// <summary>Compares what the backward pass gives with (L(p + h) − L(p − h)) / 2h, in float64.</summary>
internal static class CentralDifferences
{
    private const ulong Seed = 11;

    /// <summary>
    /// ‖backward − numeric‖ / ‖numeric‖ over all parameters and all inputs of a small minibatch with weighted rows; of an ensemble of the mean of the members'
    /// losses.
    /// </summary>
    public static double RelativeError(Network<double> network, Loss<double> loss, TargetKind targets, int rows = 5)
    {
        var random = new RandomStream(Seed, RandomPurpose.Sampling, 0);
        var (parameters, state) = (new double[network.ParameterCount], new double[network.StateCount]);
        network.Initialize(Seed, parameters, state);
        network.Fit(EmbeddedInputs.Column, state);
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] += 0.3 * random.Normal((ulong)i);
        var x = Draw(rows * network.Inputs, 1_000, random.Normal);
        var target = Targets(targets, rows, network.Outputs, random);
        double[] rowWeights = [.. Enumerable.Range(0, rows).Select(row => 0.5 + row)];
        var workspace = new Workspace<double>(network, rows, forTraining: true);

        double LossNow()
        {
            var (outputs, length) = (network.Forward(workspace, Pass(x, rows, parameters, state)).ToArray(), target.Length);
            return Enumerable.Range(0, network.Members)
                .Average(member => loss.Value(outputs.AsSpan(member * length, length), target, rowWeights, network.Outputs));
        }

        double[] numeric = [.. Slopes(parameters, LossNow), .. Slopes(x, LossNow)];
        var output = network.Forward(workspace, Pass(x, rows, parameters, state));
        var outputGradient = new double[output.Length];
        var scale = (loss.IsSum ? 1 : 1 / Loss<double>.TotalWeight(rowWeights, rows)) / network.Members;
        for (var at = 0; at < output.Length; at += target.Length)
            loss.Gradient(
                output.Slice(at, target.Length), target, rowWeights, network.Outputs, scale, outputGradient.AsSpan(at, target.Length));
        var (gradient, inputGradient) = (new double[parameters.Length], new double[x.Length]);
        Array.Fill(gradient, double.NaN);
        network.Backward(workspace, Pass(x, rows, parameters, state), outputGradient, gradient, inputGradient);
        double[] backward = [.. gradient, .. inputGradient];
        return Norm([.. backward.Zip(numeric, (a, b) => a - b)]) / Norm(numeric);
    }

    private static NetworkPass<double> Pass(double[] x, int rows, double[] parameters, double[] state) =>
        new() { Input = x, Rows = rows, Parameters = parameters, State = state, Training = true, Seed = Seed, Step = 3 };

    private static IEnumerable<double> Slopes(double[] values, Func<double> loss)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var h = 1e-6 * Math.Max(1, Math.Abs(value));
            values[i] = value + h;
            var (above, to) = (loss(), values[i]);
            values[i] = value - h;
            var (below, from) = (loss(), values[i]);
            values[i] = value;
            yield return (above - below) / (to - from);
        }
    }

    private static double[] Targets(TargetKind kind, int rows, int outputs, RandomStream random) => kind switch
    {
        TargetKind.Numbers => Draw(rows * outputs, 2_000, random.Normal),
        TargetKind.YesOrNo => Draw(rows * outputs, 2_000, index => random.Below(index, 2)),
        _ => [.. Enumerable.Range(0, rows * outputs).Select(i => (0.1 / outputs) + (i % outputs == random.Below((ulong)(i / outputs), outputs) ? 0.9 : 0))],
    };

    private static double[] Draw(int count, ulong from, Func<ulong, double> draw) => [.. Enumerable.Range(0, count).Select(i => draw(from + (ulong)i))];

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}

/// <summary>What a loss is compared with.</summary>
internal enum TargetKind
{
    Numbers,
    YesOrNo,
    Shares,
}
