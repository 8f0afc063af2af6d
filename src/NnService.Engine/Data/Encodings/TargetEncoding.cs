using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Data.Columns;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>How target columns become the outputs of a network, and back; immutable, travels in the model.</summary>
public sealed record TargetEncoding
{
    /// <summary>Most distinct values an integer column may have to be taken for classes.</summary>
    public const int MostIntegerClasses = 20;

    /// <summary>An encoding from its parts.</summary>
    /// <exception cref="ArgumentException">The parts do not fit the task.</exception>
    [JsonConstructor]
    public TargetEncoding(
        TaskKind task,
        IReadOnlyList<string> columns,
        IReadOnlyList<string>? labels = null,
        string? positiveLabel = null,
        IReadOnlyList<double>? shift = null,
        IReadOnlyList<double>? scale = null,
        bool log1p = false,
        IReadOnlyList<double>? low = null,
        IReadOnlyList<double>? high = null)
    {
        Task = task;
        Columns = columns;
        Labels = labels ?? [];
        PositiveLabel = positiveLabel;
        Shift = shift ?? [];
        Scale = scale ?? [];
        Log1p = log1p;
        (Low, High) = (low, high);
        IsIdentity = !log1p && low is null && Shift.All(only => only == 0) && Scale.All(only => only == 1);
        bool fits = task switch
        {
            TaskKind.Regression => columns.Count > 0 && Labels.Count == 0 && Shift.Count == columns.Count && Scale.Count == columns.Count && !Scale.Contains(0)
                && IsRange(low, high, columns.Count),
            _ when low is not null || high is not null => false,
            TaskKind.BinaryClassification => columns.Count == 1 && Labels.Count == 2 && positiveLabel is not null && Labels.Contains(positiveLabel),
            _ => columns.Count == 1 && Labels.Count > 1 && positiveLabel is null,
        };
        if (!fits)
            throw new ArgumentException(
                $"{columns.Count} columns, {Labels.Count} labels, {Shift.Count} shifts and {Scale.Count} scales do not make a target of {task}.");
    }

    private static bool IsRange(IReadOnlyList<double>? low, IReadOnlyList<double>? high, int columns) =>
        (low is null && high is null) || (low?.Count == columns && high?.Count == columns && low.Zip(high).All(range => range.First <= range.Second));

    /// <summary>What is predicted.</summary>
    public TaskKind Task { get; }

    /// <summary>Names of the target columns: one, or several for regression with several outputs.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The labels in ordinal order (numbers by value, false before true), which is the order of the outputs; empty for regression.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Whose probability a single output is; null but for binary classification.</summary>
    public string? PositiveLabel { get; }

    /// <summary>[Columns] what is subtracted from a regression target, in its own units; empty for classification.</summary>
    public IReadOnlyList<double> Shift { get; }

    /// <summary>[Columns] what a shifted regression target is divided by; empty for classification.</summary>
    public IReadOnlyList<double> Scale { get; }

    /// <summary>Whether ln(1 + y) of a regression target is what is shifted and scaled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Log1p { get; }

    /// <summary>[Columns] the least answer of a regression, in the target's own units; lower ones are raised to it. Null: answers are what they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Low { get; }

    /// <summary>[Columns] the greatest answer, likewise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? High { get; }

    /// <summary>Whether a regression target is learnt as it is, so that the network's outputs are the answers.</summary>
    [JsonIgnore]
    public bool IsIdentity { get; }

    /// <summary>
    /// The same encoding, with its answers held within the range of the target in some rows, and within that of an encoding that has one already; the
    /// encoding itself where it is of a classification.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows in which no target is missing.</param>
    public TargetEncoding HeldWithin(Table table, ReadOnlySpan<int> rows)
    {
        if (Task != TaskKind.Regression)
            return this;
        var (low, high) = (new double[Columns.Count], new double[Columns.Count]);
        for (int i = 0; i < low.Length; i++)
        {
            (low[i], high[i]) = (Low?[i] ?? double.PositiveInfinity, High?[i] ?? double.NegativeInfinity);
            ReadOnlySpan<double> numbers = Find(table, Columns[i]).Numbers;
            foreach (int row in rows)
                (low[i], high[i]) = (Math.Min(low[i], numbers[row]), Math.Max(high[i], numbers[row]));
        }

        return new TargetEncoding(Task, Columns, shift: Shift, scale: Scale, log1p: Log1p, low: low, high: high);
    }

    /// <summary>The same encoding without a range for its answers.</summary>
    public TargetEncoding Unbounded() => Low is null ? this : new TargetEncoding(Task, Columns, shift: Shift, scale: Scale, log1p: Log1p);

    /// <summary>Index of the positive label; -1 but for binary classification.</summary>
    [JsonIgnore]
    public int PositiveIndex => PositiveLabel is null ? -1 : Labels[0] == PositiveLabel ? 0 : 1;

    /// <summary>Whether a network with this many outputs can learn the target.</summary>
    public bool Accepts(int outputs) => Task switch
    {
        TaskKind.Regression => outputs == Columns.Count,
        TaskKind.BinaryClassification => outputs is 1 or 2,
        _ => outputs == Labels.Count,
    };

    /// <summary>The task a target column suggests: classification for categories, booleans and integers of at most 20 values (binary with up to two), else
    /// regression.</summary>
    /// <param name="target">The target column.</param>
    /// <param name="classify">Whether the network or loss already says that it is classification.</param>
    public static TaskKind InferTask(Column target, bool classify = false)
    {
        bool isWhole = target.Type != ColumnType.Number || target.IsInteger;
        if (!classify && !isWhole)
            return TaskKind.Regression;
        int labels = LabelOrder.Distinct(target, MostIntegerClasses + 1);
        if (!classify && target.Type == ColumnType.Number && labels > MostIntegerClasses)
            return TaskKind.Regression;
        return labels <= 2 ? TaskKind.BinaryClassification : TaskKind.MulticlassClassification;
    }

    /// <summary>
    /// Fits an encoding: labels come from all rows of the table, scaling from the training rows alone. <paramref name="positiveLabel"/> null: the second label.
    /// </summary>
    /// <exception cref="PreparationException">A target is unknown, of a type or number of labels that does not fit the task, or missing in a training
    /// row.</exception>
    public static TargetEncoding Fit(
        Table table,
        IReadOnlyList<string> targets,
        TaskKind task,
        string? positiveLabel,
        TargetScaling scaling,
        ReadOnlySpan<int> trainingRows)
    {
        if (targets.Count == 0)
            throw new PreparationException("There is no target.");
        if (targets.Distinct(StringComparer.Ordinal).Count() != targets.Count)
            throw new PreparationException("A target is named twice.");
        if (task != TaskKind.BinaryClassification && positiveLabel is not null)
            throw new PreparationException("A positive label is for binary classification alone.", targets[0]);
        Column[] columns = [.. targets.Select(name => table.Find(name) ?? throw new PreparationException($"The table has no column \"{name}\".", name))];
        return task == TaskKind.Regression ? TargetFit.Numbers(columns, scaling, trainingRows) : TargetFit.Labels(columns, task, positiveLabel);
    }

    /// <summary>Encodes the targets of rows into [rows, outputs]: scaled numbers; 1 for the positive label and 0 for the other; or one-hot over the
    /// labels.</summary>
    /// <exception cref="PreparationException">A target is absent, of another type, missing, or holds a label that training did not know.</exception>
    /// <exception cref="ArgumentException">The number of outputs or the destination does not fit.</exception>
    public void Encode<T>(Table table, ReadOnlySpan<int> rows, int outputs, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Accepts(outputs) || destination.Length != (long)rows.Length * outputs)
            throw new ArgumentException(
                $"{destination.Length} values are not {rows.Length} rows of {outputs} outputs for {Columns.Count} targets and {Labels.Count} labels.");
        if (Task == TaskKind.Regression)
        {
            EncodeNumbers(table, rows, destination, isScaled: true);
            return;
        }

        var labels = new int[rows.Length];
        EncodeLabels(table, rows, labels);
        destination.Clear();
        for (int r = 0; r < labels.Length; r++)
        {
            if (outputs == 1)
                destination[r] = labels[r] == PositiveIndex ? T.One : T.Zero;
            else
                destination[r * outputs + labels[r]] = T.One;
        }
    }

    /// <summary>A regression target as the network learns it: its logarithm where that was learnt, shifted and scaled; NaN where it has no logarithm.</summary>
    /// <param name="column">Index of the target column.</param>
    /// <param name="value">In its own units.</param>
    public double EncodeValue(int column, double value) =>
        Scaling.Apply(!Log1p ? value : value > -1 ? Transcendentals.Log1p(value) : double.NaN, Shift[column], Scale[column]);

    /// <summary>Writes the regression targets of rows in their own units into [rows, Columns].</summary>
    /// <exception cref="PreparationException">A target is absent, not a number column, or missing in a row.</exception>
    public void Values(Table table, ReadOnlySpan<int> rows, Span<double> destination) => EncodeNumbers(table, rows, destination, isScaled: false);

    /// <summary>Writes the index of each row's label into [rows].</summary>
    /// <exception cref="PreparationException">The target is absent, missing in a row, or holds a label that training did not know.</exception>
    public void EncodeLabels(Table table, ReadOnlySpan<int> rows, Span<int> destination)
    {
        FindLabels(table, rows, destination);
        int unknown = destination[..rows.Length].IndexOf(-1);
        if (unknown < 0)
            return;
        Column column = Find(table, Columns[0]);
        string label = column.TextAt(rows[unknown])!;
        throw PreparationException.At(
            column, rows[unknown], $"the label {CellText.Quote(label)} is none of the model's {Labels.Count} labels: {NearestNames.List(Labels, label)}.");
    }

    /// <summary>Writes the index of each row's label into [rows]; -1 where training did not know it.</summary>
    /// <exception cref="PreparationException">The target is absent, or missing in a row.</exception>
    public void FindLabels(Table table, ReadOnlySpan<int> rows, Span<int> destination)
    {
        Column column = Find(table, Columns[0]);
        var places = new LabelPlaces(column, Labels);
        for (int r = 0; r < rows.Length; r++)
        {
            if (column.IsMissing(rows[r]))
                throw TargetFit.Missing(column, rows[r]);
            destination[r] = places.Of(rows[r]);
        }
    }

    /// <summary>[Labels] how many of the rows have each label.</summary>
    /// <exception cref="PreparationException">The target is absent, missing in a row, or holds a label that training did not know.</exception>
    public int[] CountLabels(Table table, ReadOnlySpan<int> rows)
    {
        var labels = new int[rows.Length];
        EncodeLabels(table, rows, labels);
        var counts = new int[Labels.Count];
        foreach (int label in labels)
            counts[label]++;
        return counts;
    }

    /// <summary>[Labels] how much the rows of each label weigh together; without weights, how many they are.</summary>
    /// <exception cref="PreparationException">The target is absent, missing in a row, or holds a label that training did not know.</exception>
    public double[] WeighLabels(Table table, ReadOnlySpan<int> rows, double[]? weights)
    {
        if (weights is null)
            return Array.ConvertAll(CountLabels(table, rows), count => (double)count);
        var labels = new int[rows.Length];
        EncodeLabels(table, rows, labels);
        var sums = new double[Labels.Count];
        for (int row = 0; row < labels.Length; row++)
            sums[labels[row]] += weights[row];
        return sums;
    }

    /// <summary>The answer that looks at no feature: [Labels] shares of the labels among the rows, or [Columns] means of the targets.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="weights">[rows] how much each counts; null: all the same.</param>
    /// <exception cref="PreparationException">A target is absent or missing in a row.</exception>
    public double[] TrivialAnswer(Table table, ReadOnlySpan<int> rows, double[]? weights = null)
    {
        if (Task == TaskKind.Regression)
        {
            double[] means = new double[Columns.Count];
            for (int i = 0; i < means.Length; i++)
                means[i] = MeanOf(Find(table, Columns[i]).Numbers, rows, weights);
            return means;
        }

        double[] sums = WeighLabels(table, rows, weights);
        double all = weights is null ? rows.Length : sums.Sum();
        return Array.ConvertAll(sums, sum => sum / all);
    }

    // By steps from one row to the next, so that large numbers do not overflow.
    private static double MeanOf(ReadOnlySpan<double> numbers, ReadOnlySpan<int> rows, double[]? weights)
    {
        if (weights is null)
            return Moments.Of(numbers, rows).Mean;
        double mean = 0;
        double total = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            total += weights[i];
            double share = weights[i] / total;
            double step = numbers[rows[i]] - mean;
            mean = double.IsFinite(step) ? mean + share * step : (1 - share) * mean + share * numbers[rows[i]];
        }

        return mean;
    }

    /// <summary>
    /// Turns the outputs of a regression [rows, Columns] into the targets' own units, in place: y·scale + shift, and e to the power of that less 1
    /// where the logarithm was learnt; held within <see cref="Low"/> and <see cref="High"/> where there are such.
    /// </summary>
    public void Decode(Span<double> outputs)
    {
        for (int i = 0, column = 0; i < outputs.Length; i++, column = column + 1 == Columns.Count ? 0 : column + 1)
        {
            outputs[i] = DecodedFreely(outputs[i], column);
            if (Low is not null && High is not null)
                outputs[i] = outputs[i] < Low[column] ? Low[column] : outputs[i] > High[column] ? High[column] : outputs[i];
        }
    }

    /// <summary>An output of a regression in the target's own units, wherever it lies.</summary>
    public double DecodedFreely(double output, int column)
    {
        double value = Scaling.Undo(output, Shift[column], Scale[column]);
        return Log1p ? Transcendentals.Expm1(value) : value;
    }

    private void EncodeNumbers<T>(Table table, ReadOnlySpan<int> rows, Span<T> destination, bool isScaled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < Columns.Count; i++)
        {
            Column column = Find(table, Columns[i]);
            TargetFit.CheckNumbers(column);
            (double shift, double scale) = isScaled ? (Shift[i], Scale[i]) : (0, 1);
            for (int r = 0; r < rows.Length; r++)
            {
                if (column.IsMissing(rows[r]))
                    throw TargetFit.Missing(column, rows[r]);
                double number = isScaled && Log1p ? TargetFit.Logarithm(column, rows[r]) : column.Numbers[rows[r]];
                var target = T.CreateTruncating(Scaling.Apply(number, shift, scale));
                if (!T.IsFinite(target))
                    throw TableEncoder.TooLarge(column, rows[r]);
                destination[r * Columns.Count + i] = target;
            }
        }
    }

    private static Column Find(Table table, string name)
        => table.Find(name) ?? throw new PreparationException($"The table has no column \"{name}\", which is the target.", name);
}
