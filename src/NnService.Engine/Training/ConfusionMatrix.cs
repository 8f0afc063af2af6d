using System.Text.Json.Serialization;

namespace NnService.Engine.Training;

/// <summary>How often each label was taken for each. Only pairs that occur are kept: of ten thousand labels the whole matrix would be a gigabyte.</summary>
public sealed class ConfusionMatrix
{
    /// <summary>Of more labels the matrix is not written out.</summary>
    public const int MostLabels = 1000;

    /// <summary>That of no labels.</summary>
    internal static readonly ConfusionMatrix Empty = new([], [], []);

    private readonly ConfusionCell[] _cells;

    private ConfusionMatrix(IReadOnlyList<string> labels, ConfusionCell[] cells, double[] squares)
    {
        Labels = labels;
        _cells = cells;
        (Hits, Occurs, Predicted, Rows) = (new double[labels.Count], new double[labels.Count], new double[labels.Count], new int[labels.Count]);
        foreach (ConfusionCell cell in cells)
        {
            Occurs[cell.Actual] += cell.Weight;
            Predicted[cell.Predicted] += cell.Weight;
            Rows[cell.Actual] += cell.Rows;
            if (cell.Actual == cell.Predicted)
                Hits[cell.Actual] = cell.Weight;
        }

        EffectiveRows = [.. Occurs.Zip(squares, Intervals.EffectiveRows.Of)];
    }

    /// <summary>The labels in the order of the outputs.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>[actual][predicted] numbers of rows; null where there are more than 1,000 labels.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Counts
    {
        get
        {
            if (Labels.Count > MostLabels)
                return null;
            int[][] counts = [.. Labels.Select(_ => new int[Labels.Count])];
            foreach (ConfusionCell cell in _cells)
                counts[cell.Actual][cell.Predicted] = cell.Rows;
            return counts;
        }
    }

    /// <summary>The pairs that occur, by actual and then by predicted label.</summary>
    [JsonIgnore]
    internal IReadOnlyList<ConfusionCell> Cells => _cells;

    /// <summary>[labels] what the rows weigh that were taken for what they are; their number where every row weighs 1, and so with the next two.</summary>
    [JsonIgnore]
    internal double[] Hits { get; }

    /// <summary>[labels] what the rows of a label weigh.</summary>
    [JsonIgnore]
    internal double[] Occurs { get; }

    /// <summary>[labels] what the rows weigh that were taken for a label.</summary>
    [JsonIgnore]
    internal double[] Predicted { get; }

    /// <summary>[labels] numbers of rows.</summary>
    [JsonIgnore]
    internal int[] Rows { get; }

    /// <summary>[labels] how many rows of equal weight tell as much; the rows of the label where every row weighs 1.</summary>
    [JsonIgnore]
    internal double[] EffectiveRows { get; }

    /// <summary>Counts pairs of actual and predicted label indexes, [rows] each.</summary>
    /// <param name="actual">[rows]</param>
    /// <param name="predicted">[rows]</param>
    /// <param name="labels">The labels.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    internal static ConfusionMatrix Of(
        ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, IReadOnlyList<string> labels, ReadOnlySpan<double> weights = default)
    {
        var pairs = new Dictionary<(int Actual, int Predicted), (double Weight, int Rows)>();
        var squares = new double[labels.Count];
        for (int row = 0; row < actual.Length; row++)
        {
            double weight = weights.IsEmpty ? 1 : weights[row];
            (double before, int rows) = pairs.GetValueOrDefault((actual[row], predicted[row]));
            pairs[(actual[row], predicted[row])] = (before + weight, rows + 1);
            squares[actual[row]] += weight * weight;
        }

        ConfusionCell[] cells =
            [.. pairs.OrderBy(pair => pair.Key).Select(pair => new ConfusionCell(pair.Key.Actual, pair.Key.Predicted, pair.Value.Weight, pair.Value.Rows))];
        return new ConfusionMatrix(labels, cells, squares);
    }
}

/// <summary>Rows of one label that were taken for one.</summary>
/// <param name="Actual">Index of their label.</param>
/// <param name="Predicted">Index of what they were taken for.</param>
/// <param name="Weight">What they weigh.</param>
/// <param name="Rows">How many there are.</param>
internal readonly record struct ConfusionCell(int Actual, int Predicted, double Weight, int Rows);
