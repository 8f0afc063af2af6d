using NnService.Engine.Data.Columns;
using NnService.Engine.Kernels;

namespace NnService.Engine.Data.Encodings;

/// <summary>Makes the encoding of target columns from a table. Errors: <see cref="PreparationException"/>.</summary>
internal static class TargetFit
{
    /// <summary>Numbers, scaled by the training rows.</summary>
    public static TargetEncoding Numbers(Column[] columns, TargetScaling scaling, ReadOnlySpan<int> rows)
    {
        var shift = new double[columns.Length];
        var scale = new double[columns.Length];
        bool isLog = scaling == TargetScaling.Log1p;
        for (int i = 0; i < columns.Length; i++)
        {
            CheckNumbers(columns[i]);
            for (int r = 0; r < rows.Length && columns[i].Missing > 0; r++)
            {
                if (columns[i].IsMissing(rows[r]))
                    throw Missing(columns[i], rows[r]);
            }

            Moments moments = isLog ? Moments.Of(LogarithmsOf(columns[i], rows)) : Moments.Of(columns[i].Numbers, rows);
            bool isScaled = scaling != TargetScaling.None;
            shift[i] = isScaled ? moments.Mean : 0;
            scale[i] = isScaled && moments.StandardDeviation > 0 ? moments.StandardDeviation : 1;
        }

        return new TargetEncoding(TaskKind.Regression, [.. columns.Select(column => column.Name)], shift: shift, scale: scale, log1p: isLog);
    }

    private static double[] LogarithmsOf(Column column, ReadOnlySpan<int> rows)
    {
        var logarithms = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            logarithms[i] = Logarithm(column, rows[i]);
        return logarithms;
    }

    /// <summary>ln(1 + y) of a row.</summary>
    public static double Logarithm(Column column, int row) => column.Numbers[row] > -1
        ? Transcendentals.Log1p(column.Numbers[row])
        : throw PreparationException.At(column, row, $"{column.TextAt(row)} has no logarithm; log1p takes numbers greater than -1.");

    /// <summary>Labels, which come from all rows of the table.</summary>
    public static TargetEncoding Labels(Column[] columns, TaskKind task, string? positiveLabel)
    {
        if (columns.Length > 1)
            throw new PreparationException("Several targets are for regression alone; name one column.", columns[1].Name);
        string name = columns[0].Name;
        if (columns[0].Type == ColumnType.Text)
            throw new PreparationException(
                $"Column \"{name}\" holds text that is mostly different in every row; it cannot be a target unless it is declared a category.", name);
        string[] labels = LabelOrder.Of(columns[0]);
        if (labels.Length < 2)
        {
            string missing = columns[0].Missing == 0 || labels.Length == 0 ? ""
                : $" {columns[0].Missing:N0} of its cells are missing; where a spelling of those is a word, such as NA, "
                    + "say with ?missing= what is missing instead.";
            string labelled = labels.Length == 0 ? "no label" : "one label only";
            throw new PreparationException($"Column \"{name}\" holds {labelled}; there is nothing to tell apart.{missing}", name);
        }

        if (task == TaskKind.MulticlassClassification)
            return new TargetEncoding(task, [name], labels);
        if (labels.Length > 2)
            throw new PreparationException($"Column \"{name}\" has {labels.Length:N0} labels; binary classification has two.", name);
        if (positiveLabel is not null && !labels.Contains(positiveLabel))
            throw new PreparationException(
                $"Column \"{name}\" has no label {CellText.Quote(positiveLabel)}; it has \"{labels[0]}\" and \"{labels[1]}\".", name);
        return new TargetEncoding(task, [name], labels, positiveLabel ?? labels[1]);
    }

    /// <summary>Refuses a column that does not hold numbers.</summary>
    public static void CheckNumbers(Column column)
    {
        if (column.Type is not (ColumnType.Number or ColumnType.Boolean))
            throw new PreparationException($"Column \"{column.Name}\" does not hold numbers; regression needs a number column.", column.Name);
    }

    /// <summary>What a row without a target is refused with.</summary>
    public static PreparationException Missing(Column column, int row) => PreparationException.At(column, row, "the target is missing.");
}
