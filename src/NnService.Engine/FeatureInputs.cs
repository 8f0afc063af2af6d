using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers.Embeddings;

namespace NnService.Engine;

/// <summary>What the inputs are that an encoding makes.</summary>
public static class FeatureInputs
{
    /// <summary>Number columns and parts of dates are numbers; a category's inputs are one category; booleans and indicators of missing cells are
    /// neither.</summary>
    public static InputLayout InputLayout(this FeatureEncoding features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Layers.Embeddings.InputLayout.Of(features.Columns.SelectMany(PartsOf));
    }

    private static IEnumerable<(InputKind Kind, int Width)> PartsOf(FeatureColumn column)
    {
        if (column.IsOneHot)
            yield return (InputKind.Category, column.OneHotWidth);
        else if (column.Dates is { } parts)
            yield return (InputKind.Number, parts.Count);
        else if (column.Type is ColumnType.Number or ColumnType.Boolean)
            yield return (column.Type == ColumnType.Number ? InputKind.Number : InputKind.Other, 1);
        if (column.MissingIndicator)
            yield return (InputKind.Other, 1);
    }
}
