namespace NnService.Engine.Layers.Embeddings;

/// <summary>What an input of a network is, as far as embeddings ask.</summary>
public enum InputKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>One of the inputs of a category, of which at most one is 1.</summary>
    Category,

    /// <summary>What every embedding passes on: a flag, or what has been embedded already.</summary>
    Other,
}

/// <summary>Some inputs side by side: one category, or any number of numbers or others.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Offset">The first of them.</param>
/// <param name="Width">How many.</param>
/// <param name="Source">The place of the first among the network's own inputs.</param>
public readonly record struct InputGroup(InputKind Kind, int Offset, int Width, int Source)
{
    /// <summary>How many of them are one feature: all of a category, what an embedding made of one, otherwise 1.</summary>
    internal int FeatureWidth { get; init; } = 1;
}

/// <summary>What the inputs of a network, or of an embedding in it, are.</summary>
public sealed class InputLayout
{
    internal InputLayout(IEnumerable<InputGroup> groups)
    {
        Groups = [.. groups];
        Width = Groups is [.., var last] ? last.Offset + last.Width : 0;
    }

    /// <summary>The groups from the first input to the last.</summary>
    public IReadOnlyList<InputGroup> Groups { get; }

    /// <summary>Number of inputs.</summary>
    public int Width { get; }

    /// <summary>The layout of kinds and widths in a row; neighbours of the same kind are one group, but for categories.</summary>
    public static InputLayout Of(IEnumerable<(InputKind Kind, int Width)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var groups = new List<InputGroup>();
        var at = 0;
        foreach (var (kind, width) in parts)
        {
            if (kind != InputKind.Category && groups is [.., var last] && last.Kind == kind)
                groups[^1] = last with { Width = checked(last.Width + width) };
            else if (width > 0)
                groups.Add(new InputGroup(kind, at, width, at) { FeatureWidth = kind == InputKind.Category ? width : 1 });
            at = checked(at + width);
        }

        return new InputLayout(groups);
    }

    /// <summary>So many numbers.</summary>
    public static InputLayout Numbers(int width) => Of([(InputKind.Number, width)]);

    /// <summary>So many numbers.</summary>
    public static implicit operator InputLayout(int width) => Numbers(width);
}
