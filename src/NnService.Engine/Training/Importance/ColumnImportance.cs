namespace NnService.Engine.Training.Importance;

/// <summary>How much a model leans on a column.</summary>
/// <param name="Name">The column.</param>
/// <param name="Importance">How much worse the metric is, in its own units, when the column's cells are shuffled among the rows: the mean over repeats.</param>
/// <param name="Interval">[low, high] 95 % interval of that mean over further shuffles of the same rows (Student's t).</param>
public sealed record ColumnImportance(string Name, double Importance, IReadOnlyList<double> Interval);
