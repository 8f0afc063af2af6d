using System.Numerics;
using NnService.Engine.Losses;

namespace NnService.Engine.Training;

/// <summary>Loss and score of a network over many rows, in inference mode, chunk by chunk in the order of the rows.</summary>
internal sealed class Evaluation<T>(Network<T> network, LossSpec lossSpec, ScoreKind score, Kernels.Team? team)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkRows = 256;

    private readonly Loss<T> _loss = lossSpec.Build<T>();
    private readonly T _threshold = T.CreateChecked(lossSpec.Link == OutputLink.Identity ? 0.5 : 0.0);
    private readonly Workspace<T> _workspace = new(network, ChunkRows, forTraining: false);
    private readonly double[] _targetSums = new double[network.Outputs];
    private readonly double[] _targetSquares = new double[network.Outputs];
    private readonly double[] _errorSquares = new double[network.Outputs];
    private T[] _room = [];

    /// <summary>Loss and score; the score is null where R² is undefined, because a target does not vary.</summary>
    public (double Loss, double? Score) Run(Samples<T> samples, ReadOnlySpan<T> parameters, Span<T> state)
    {
        MakeRoomFor(samples);
        double sum = 0, weight = 0;
        var right = 0L;
        _targetSums.AsSpan().Clear();
        _targetSquares.AsSpan().Clear();
        _errorSquares.AsSpan().Clear();
        for (var start = 0; start < samples.Rows; start += ChunkRows)
        {
            var rows = Math.Min(ChunkRows, samples.Rows - start);
            var batch = samples.Range(start, rows, _room);
            var output = network.Forward(_workspace, PassOf(batch, rows, parameters, state));
            sum += _loss.Sum(output, batch.Targets, batch.Weights, network.Outputs);
            weight += Loss<T>.TotalWeight(batch.Weights, rows);
            if (score == ScoreKind.R2)
                AddSquares(output, batch.Targets);
            else
                right += CountRight(output, batch.Targets);
        }

        return (_loss.IsSum ? sum : sum / weight, score == ScoreKind.R2 ? R2(samples.Rows) : (double)right / samples.Rows);
    }

    /// <summary>What is not finite where the loss is not, and the layer.</summary>
    public (DivergedValue Value, int? Layer) Locate(Samples<T> samples, ReadOnlySpan<T> parameters, Span<T> state)
    {
        MakeRoomFor(samples);
        for (var start = 0; start < samples.Rows; start += ChunkRows)
        {
            var rows = Math.Min(ChunkRows, samples.Rows - start);
            var batch = samples.Range(start, rows, _room);
            network.Forward(_workspace, PassOf(batch, rows, parameters, state));
            var found = DivergenceSearch.InForwardPass(network, _workspace, batch.Inputs, rows);
            if (found.Value != DivergedValue.Loss)
                return found;
        }

        return (DivergedValue.Loss, null);
    }

    private void MakeRoomFor(Samples<T> samples)
    {
        if (_room.Length < samples.RoomFor(ChunkRows))
            _room = new T[samples.RoomFor(ChunkRows)];
    }

    private NetworkPass<T> PassOf(Minibatch<T> batch, int rows, ReadOnlySpan<T> parameters, Span<T> state) =>
        new() { Input = batch.Inputs, Rows = rows, Parameters = parameters, State = state, Team = team };

    private int CountRight(ReadOnlySpan<T> output, ReadOnlySpan<T> target)
    {
        var (right, width) = (0, network.Outputs);
        var half = T.CreateChecked(0.5);
        for (var i = 0; i < output.Length; i += width)
            right += (score == ScoreKind.BinaryAccuracy
                ? (output[i] >= _threshold) == (target[i] > half)
                : IndexOfGreatest(output.Slice(i, width)) == IndexOfGreatest(target.Slice(i, width))) ? 1 : 0;
        return right;
    }

    private static int IndexOfGreatest(ReadOnlySpan<T> row)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
            if (row[i] > row[best])
                best = i;
        return best;
    }

    private void AddSquares(ReadOnlySpan<T> output, ReadOnlySpan<T> target)
    {
        var width = network.Outputs;
        for (int i = 0, k = 0; i < output.Length; i++, k = k + 1 == width ? 0 : k + 1)
        {
            var wanted = double.CreateChecked(target[i]);
            var error = wanted - double.CreateChecked(output[i]);
            _targetSums[k] += wanted;
            _targetSquares[k] += wanted * wanted;
            _errorSquares[k] += error * error;
        }
    }

    private double? R2(int rows)
    {
        var sum = 0.0;
        for (var k = 0; k < network.Outputs; k++)
        {
            var variation = _targetSquares[k] - (_targetSums[k] * _targetSums[k] / rows);
            if (!(variation > 1e-12 * _targetSquares[k]))
                return null;
            sum += 1 - (_errorSquares[k] / variation);
        }

        return double.IsFinite(sum) ? sum / network.Outputs : null;
    }
}
