using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>A column that is no feature where none are named.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">What it is, behind "it is".</param>
/// <param name="Misread">What is odd about how it was read; null: nothing.</param>
internal sealed record LeftOut(string Name, string Reason, string? Misread)
{
    /// <summary>The reason of text.</summary>
    public const string Text = "text with too many distinct values";

    /// <summary>The reason of whole numbers beyond 2^53, which may differ where a float64 does not.</summary>
    public const string Rounded = "the same float64 in every row, to which whole numbers beyond 2^53 are rounded";

    /// <summary>A sentence for each column, or one for all that share a reason where they are many.</summary>
    public static IEnumerable<string> Warnings(IReadOnlyList<LeftOut> left)
    {
        var alike = left.Where(column => column.Misread is null).ToLookup(column => column.Reason, column => column.Name);
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in left)
            if (column.Misread is { } misread)
                yield return $"Column \"{column.Name}\" was left out: it {misread}";
            else if (alike[column.Reason].Count() <= FewNames.Most)
                yield return $"Column \"{column.Name}\" was left out: it is {column.Reason}. {Advice(column.Reason, "it")}";
            else if (said.Add(column.Reason))
                yield return $"Columns {FewNames.Of([.. alike[column.Reason]])} were left out: each is {column.Reason}. {Advice(column.Reason, "them")}";
    }

    private static string Advice(string reason, string what) => reason == Text
        ? $"What repeats in {what} may be uploaded as columns of their own; dates are read where every cell is one, as 2024-05-31."
        : reason == Rounded ? $"Declare {what} a category at the upload to tell the numbers apart."
        : $"Name {what} in features to use {what}.";
}
