using System.Text.Json.Serialization;

namespace NnService.Engine.Training;

/// <summary>How often each label was taken for each.</summary>
/// <param name="Labels">The labels in the order of the outputs.</param>
/// <param name="Counts">[actual][predicted] numbers of rows.</param>
public sealed record ConfusionMatrix(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    /// <summary>[actual][predicted] sums of the rows' weights; the counts where every row weighs 1.</summary>
    [JsonIgnore]
    internal double[][] Weights { get; private init; } = [.. Counts.Select(row => row.Select(count => (double)count).ToArray())];

    /// <summary>[actual] how many rows of equal weight tell as much; the rows of the label where every row weighs 1.</summary>
    [JsonIgnore]
    internal double[] EffectiveRows { get; private init; } = [.. Counts.Select(row => row.Sum(count => (double)count))];

    /// <summary>Counts pairs of actual and predicted label indexes, [rows] each.</summary>
    /// <param name="actual">[rows]</param>
    /// <param name="predicted">[rows]</param>
    /// <param name="labels">The labels.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    internal static ConfusionMatrix Of(
        ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, IReadOnlyList<string> labels, ReadOnlySpan<double> weights = default)
    {
        var counts = new int[labels.Count][];
        var sums = new double[labels.Count][];
        var squares = new double[labels.Count];
        for (int i = 0; i < counts.Length; i++)
            (counts[i], sums[i]) = (new int[labels.Count], new double[labels.Count]);
        for (int row = 0; row < actual.Length; row++)
        {
            counts[actual[row]][predicted[row]]++;
            double weight = weights.IsEmpty ? 1 : weights[row];
            sums[actual[row]][predicted[row]] += weight;
            squares[actual[row]] += weight * weight;
        }

        double[] effective = [.. sums.Zip(squares, (row, square) => Intervals.EffectiveRows.Of(row.Sum(), square))];
        return new ConfusionMatrix(labels, counts) { Weights = sums, EffectiveRows = effective };
    }
}
