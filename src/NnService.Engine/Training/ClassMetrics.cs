namespace NnService.Engine.Training;

/// <summary>
/// How well one label is told from the others: scikit-learn's <c>precision_recall_fscore_support</c> with <c>zero_division=0</c>,
/// and so 0 where there is nothing to divide by. Of the counts, hits are the rows of the label that were called so; rows that have weights count by those.
/// </summary>
/// <param name="Label">The label.</param>
/// <param name="Precision">hits / rows that were called so; 0 where none was.</param>
/// <param name="Recall">hits / rows of the label; 0 where there are none.</param>
/// <param name="F1">2 · hits / (rows of the label + rows that were called so), the harmonic mean of the two (van Rijsbergen 1979); 0 without either.</param>
/// <param name="Rows">Rows of the label, whatever they weigh.</param>
public sealed record ClassMetrics(string Label, double Precision, double Recall, double F1, int Rows)
{
    /// <summary>The metrics of each label, in the order of the labels.</summary>
    internal static IReadOnlyList<ClassMetrics> Of(ConfusionMatrix matrix)
        => [.. matrix.Labels.Select((label, k) => Of(
            label, matrix.Hits[k], matrix.Occurs[k], matrix.Predicted[k], matrix.Rows[k]))];

    private static ClassMetrics Of(string label, double hits, double occurs, double predicted, int rows)
        => new(label, Share(hits, predicted), Share(hits, occurs), Share(2 * hits, occurs + predicted), rows);

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
