using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Random;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training.Importance;

/// <summary>
/// What a model loses without each column: its cells are shuffled among the rows, so that they say nothing about a row any more, and the metric is taken again
/// (Breiman 2001, section 10; Fisher, Rudin and Dominici 2019). A column whose knowledge stands in another one too looks less important than it is.
/// </summary>
/// <param name="Metric">The metric: <c>logLoss</c>, <c>rootMeanSquaredError</c>, or of several targets <c>r2</c>.</param>
/// <param name="Value">The metric with every column in its place.</param>
/// <param name="Rows">Rows that were asked about: of many a random choice.</param>
/// <param name="Columns">The raw columns of the table, most important first.</param>
public sealed record PermutationImportance(string Metric, double Value, int Rows, IReadOnlyList<ColumnImportance> Columns)
{
    private const long MostMultiplyAdds = 200_000_000_000; // some ten seconds of one core
    private const int InputCost = 10; // of a number that goes into a model, in multiply-adds: reading it takes longer where few units read it
    private const int MostNumbers = 1 << 23; // of the encoded rows, and of the answers to them, that stand in memory
    private const int FewestRows = 100; // fewer say nothing
    private const int MostRows = 1 << 16;
    private const int RowsAtATime = 512;

    /// <summary>Shuffles of each column where nobody has said how many.</summary>
    public const int UsualRepeats = 10;

    /// <summary>Memory that is taken for so many rows: encoded, as they are answered, and with a probability of each label.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Inputs of the model.</param>
    /// <param name="outputs">Numbers of its answer to a row.</param>
    public static long BytesFor(int rows, int width, int outputs) => rows * (width + (2 * (outputs + 1L))) * sizeof(double);

    /// <summary>How many of some rows there is time and memory for; 0: for too few of them.</summary>
    /// <param name="cost">Multiplications and additions of the model's answer to a row.</param>
    /// <param name="features">Its encoding.</param>
    /// <param name="outputs">Numbers of the answer.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="repeats">Shuffles of each column.</param>
    public static int RowsFor(long cost, FeatureEncoding features, int outputs, int rows, int repeats)
    {
        ArgumentNullException.ThrowIfNull(features);
        int inMemory = Math.Min(MostNumbers / Math.Max(features.Width, outputs), MostRows);
        double ofARow = Math.Max(cost, (double)InputCost * features.Width);
        double most = Math.Min(MostMultiplyAdds / (ofARow * features.Columns.Count * repeats), inMemory);
        return most >= Math.Min(rows, FewestRows) ? (int)Math.Min(rows, most) : 0;
    }

    /// <summary>The importances; null where the metric is undefined. Errors: <see cref="PreparationException"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">[<see cref="RowsFor"/>] rows of it in ascending order, whose target is known.</param>
    /// <param name="truth">What they really are.</param>
    /// <param name="repeats">Shuffles of each column, at least 2.</param>
    /// <param name="seed">Seed of the shuffles.</param>
    /// <param name="answered">Called again and again with the rows answered since; null: nobody watches.</param>
    public static PermutationImportance? Of(
        TrainedModel model, Table table, int[] rows, Truth truth, int repeats, ulong seed, Action<int>? answered = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(truth);
        FeatureEncoding features = model.Description.Features;
        double[] encoded = new double[checked(rows.Length * features.Width)];
        EncodedPieces.Visit(features, table, rows, (inputs, start, _) => inputs.CopyTo(encoded.AsSpan(start * features.Width)));
        var shuffled = new ShuffledColumn(model, encoded, rows.Length, answered);
        double value = truth.Merit(shuffled.Answers(null, []));
        if (!double.IsFinite(value))
            return null;
        var columns = new List<ColumnImportance>();
        for (int column = 0; column < features.Columns.Count; column++)
        {
            double[] worse = new double[repeats];
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                var order = Shuffle(rows.Length, new RandomStream(seed, RandomPurpose.Importance, (uint)repeat), column);
                worse[repeat] = truth.Worsening(value, truth.Merit(shuffled.Answers(features.Columns[column], order)));
            }

            if (!worse.All(double.IsFinite))
                return null;
            StudentInterval interval = StudentInterval.Of(worse);
            columns.Add(new ColumnImportance(features.Columns[column].Name, interval.Mean, [interval.Low, interval.High]));
        }

        return new PermutationImportance(truth.FigureOfMerit, value, rows.Length, [.. columns.OrderByDescending(column => column.Importance)]);
    }

    /// <summary>A random choice of rows, in ascending order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="seed">Seed of the choice.</param>
    public static int[] Choose(int[] rows, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length <= count)
            return rows;
        int[] chosen = [.. Shuffle(rows.Length, new RandomStream(seed, RandomPurpose.Importance, uint.MaxValue), 0).AsSpan(0, count)];
        Array.Sort(chosen);
        return Array.ConvertAll(chosen, place => rows[place]);
    }

    // Fisher and Yates 1938, from the end (Durstenfeld 1964).
    private static int[] Shuffle(int count, RandomStream stream, int column)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = stream.Below(((ulong)column << 32) | (uint)i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    // The model's answers to all rows with the inputs of one column taken from others.
    private sealed class ShuffledColumn(TrainedModel model, double[] encoded, int rows, Action<int>? answered)
    {
        private readonly int _width = model.Description.Features.Width;
        private readonly double[] _answers = new double[checked(rows * model.Outputs)];
        private readonly double[] _cells = new double[Math.Min(rows, RowsAtATime) * model.Description.Features.Columns.Max(column => column.Width)];

        public double[] Answers(FeatureColumn? column, int[] order)
        {
            for (int start = 0; start < rows; start += RowsAtATime)
            {
                int count = Math.Min(RowsAtATime, rows - start);
                Span<double> inputs = encoded.AsSpan(start * _width, count * _width);
                for (int row = 0; row < count && column is not null; row++)
                    encoded.AsSpan((order[start + row] * _width) + column.Offset, column.Width).CopyTo(_cells.AsSpan(row * column.Width));
                Exchange(column, inputs);
                model.Predict(inputs, count, _answers.AsSpan(start * model.Outputs, count * model.Outputs));
                Exchange(column, inputs);
                answered?.Invoke(count);
            }

            return _answers;
        }

        // The column's own inputs for those of other rows, and back again: to copy the inputs of all columns for each shuffle of one would cost more than the
        // answers of a small network.
        private void Exchange(FeatureColumn? column, Span<double> inputs)
        {
            if (column is null)
                return;
            for (int at = column.Offset, cell = 0; at < inputs.Length; at += _width)
                for (int i = 0; i < column.Width; i++, cell++)
                    (inputs[at + i], _cells[cell]) = (_cells[cell], inputs[at + i]);
        }
    }
}
