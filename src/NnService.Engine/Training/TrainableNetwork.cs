using System.Numerics;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;

namespace NnService.Engine.Training;

/// <summary>Any network with its parameters, trained layer by layer.</summary>
/// <param name="network">The network.</param>
/// <param name="state">Its untrained state, [StateCount].</param>
/// <param name="mostRows">Rows of the largest minibatch.</param>
/// <param name="options">Says what chance is drawn from, and whether gradients are clipped.</param>
/// <param name="team">Threads to share the work with; null for the caller's alone.</param>
internal sealed class TrainableNetwork<T>(Network<T> network, T[] state, int mostRows, TrainerOptions options, Team? team) : ITrainableNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _workspace = new(network, mostRows, forTraining: true);
    private readonly AlignedVector<T> _gradient = new(network.ParameterCount);
    private readonly T[] _outputGradient = new T[mostRows * network.Outputs];

    public int OptimizedCount => network.ParameterCount;

    public AlignedVector<T> Parameters { get; } = new(network.ParameterCount);

    public ReadOnlySpan<T> Gradient => _gradient;

    public void Load()
    {
        // Parameters are where everybody reads and writes them.
    }

    public double Learn(scoped in Minibatch<T> batch, int rows, long step, Loss<T> loss, double scale, out bool gradientIsFinite)
    {
        gradientIsFinite = true;
        var output = network.Forward(_workspace, PassOf(batch.Inputs, rows, step));
        var outputGradient = _outputGradient.AsSpan(0, output.Length);
        var sum = loss.SumAndGradient(output, batch.Targets, batch.Weights, network.Outputs, T.CreateChecked(scale), outputGradient);
        if (!double.IsFinite(sum))
            return sum;
        network.Backward(_workspace, PassOf(batch.Inputs, rows, step), outputGradient, _gradient);
        gradientIsFinite = options.GradientClipNorm is not { } most || GradientClipping.Clip<T>(_gradient, most);
        return sum;
    }

    public void Update(Optimizer<T> optimizer, double learningRate) => optimizer.Step(Parameters, _gradient, learningRate);

    public bool AllFinite() => Reductions.AllFinite<T>(Parameters);

    public Workspace<T> LayerOutputs(ReadOnlySpan<T> inputs, int rows) => _workspace;

    private NetworkPass<T> PassOf(ReadOnlySpan<T> inputs, int rows, long step) => new()
    {
        Input = inputs,
        Rows = rows,
        Parameters = Parameters,
        State = state,
        Training = true,
        Seed = options.Seed,
        Step = step,
        Team = team,
    };
}
