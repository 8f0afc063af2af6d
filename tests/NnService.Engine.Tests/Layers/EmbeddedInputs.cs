using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;

namespace NnService.Engine.Tests.Layers;

/// <summary>Columns of every kind, and embeddings small enough for tests that go number by number.</summary>
internal static class EmbeddedInputs
{
    /// <summary>A number, a category of three, a number and a boolean: six inputs.</summary>
    public static FeatureEncoding Features { get; } = new(
        [
            new FeatureColumn { Name = "size", Type = ColumnType.Number },
            new FeatureColumn { Name = "colour", Type = ColumnType.Category, Categories = ["blue", "green", "red"] },
            new FeatureColumn { Name = "age", Type = ColumnType.Number },
            new FeatureColumn { Name = "isNew", Type = ColumnType.Boolean },
        ],
        MissingCells.Error);

    /// <summary>What those inputs are.</summary>
    public static InputLayout Layout => Features.InputLayout();

    /// <summary>The layer with few numbers where it is an embedding; otherwise as it is.</summary>
    public static LayerSpec Small(LayerSpec layer) => layer switch
    {
        PiecewiseLinearSpec spec => spec with { Bins = 4, Units = 3 },
        PeriodicSpec spec => spec with { Frequencies = 3, Units = 4, Scale = 0.3 },
        CosineEmbeddingSpec spec => spec with { Frequencies = 3, Scale = 0.3 },
        _ => layer,
    };

    /// <summary>Values of an input to fit an embedding on.</summary>
    public static double[] Column(int input) => [.. Enumerable.Range(0, 9).Select(i => ((i * 7 % 9) - 4.1 + (0.3 * input)) * 0.37)];
}
