namespace NnService.Engine.Training;

/// <summary>How often each label was taken for each.</summary>
/// <param name="Labels">The labels in the order of the outputs.</param>
/// <param name="Counts">[actual][predicted] numbers of rows.</param>
public sealed record ConfusionMatrix(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    /// <summary>Counts pairs of actual and predicted label indexes, [rows] each.</summary>
    internal static ConfusionMatrix Of(ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, IReadOnlyList<string> labels)
    {
        var counts = new int[labels.Count][];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = new int[labels.Count];
        for (int row = 0; row < actual.Length; row++)
            counts[actual[row]][predicted[row]]++;
        return new ConfusionMatrix(labels, counts);
    }
}
