using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>How many categories of a column get an input of their own where nobody has said it: the rare ones share one, unless they tell the target.</summary>
/// <param name="Categories">Categories that the training rows hold.</param>
/// <param name="Most">How many of them, the most frequent, get an input of their own.</param>
public sealed record CategoryCap(int Categories, int Most)
{
    /// <summary>Up to so many categories nobody shares.</summary>
    public const int Usual = 64;

    /// <summary>A category of fewer training rows is rare.</summary>
    public const int FewRows = 10;

    /// <summary>So many inputs at the most.</summary>
    public const int Limit = 1000;

    /// <summary>The cap of a column of categories; null: it has no more than usual.</summary>
    /// <param name="column">The column.</param>
    /// <param name="target">The encoding of the target; null where it is not known.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The training rows, in ascending order.</param>
    public static CategoryCap? Of(Column column, TargetEncoding? target, Table table, ReadOnlyMemory<int> rows)
    {
        int[] counts = FeatureFit.CountCodes(column, rows, column.Categories);
        int categories = counts.Count(count => count > 0);
        if (categories <= Usual)
            return null;
        int frequent = Math.Clamp(counts.Count(count => count >= FewRows), Usual, Limit);
        bool isTold = frequent < Math.Min(categories, Limit) && target is not null
            && PooledCategories.ShareExplained(FeatureFit.OfCategories(column, rows, frequent, table.Notation), column, target, table, rows) is not null;
        int most = isTold ? Math.Min(categories, Limit) : Math.Min(frequent, categories);
        return new CategoryCap(categories, most == categories - 1 && categories <= Limit ? categories : most); // a single one would share its input with nobody
    }
}
