namespace NnService.Engine.Data.Encodings;

/// <summary>Neighbouring columns of an encoding.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="Count">How many.</param>
/// <param name="Offset">The first of their inputs in a row of the encoding.</param>
/// <param name="CompactOffset">The first of their numbers in a compact row.</param>
internal readonly record struct FeatureRange(int First, int Count, int Offset, int CompactOffset)
{
    /// <summary>All columns of an encoding.</summary>
    internal static FeatureRange All(FeatureEncoding encoding) => new(0, encoding.Columns.Count, 0, 0);

    /// <summary>All columns of an encoding, so many at a time.</summary>
    internal static IEnumerable<FeatureRange> Of(FeatureEncoding encoding, int most)
    {
        var compact = 0;
        for (var first = 0; first < encoding.Columns.Count; first += most)
        {
            var range = new FeatureRange(first, Math.Min(most, encoding.Columns.Count - first), encoding.Columns[first].Offset, compact);
            yield return range;
            compact += range.In(encoding).Sum(column => column.CompactWidth);
        }
    }

    /// <summary>The columns.</summary>
    internal IEnumerable<FeatureColumn> In(FeatureEncoding encoding) => encoding.Columns.Skip(First).Take(Count);
}
