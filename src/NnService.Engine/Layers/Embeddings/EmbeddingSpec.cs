using System.Text.Json.Serialization;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>A layer at the start of a network that embeds inputs of one kind and passes the others on, all in their order (decision 51).</summary>
public abstract record EmbeddingSpec : LayerSpec
{
    /// <inheritdoc />
    [JsonIgnore]
    public override bool KeepsWidth => false;

    /// <inheritdoc />
    [JsonIgnore]
    public override int? FixedOutputs => OutputLayout?.Width;

    /// <summary>What is embedded.</summary>
    internal abstract InputKind Embeds { get; }

    /// <summary>What the layer's inputs are; null: not known yet. It comes from the columns, not from whoever asks for the layer.</summary>
    internal InputLayout? Layout { get; init; }

    /// <summary>What its outputs are.</summary>
    internal InputLayout? OutputLayout => Layout is null ? null : LayoutOf(Layout);

    /// <summary>The inputs that are embedded together, a number or a category at a time; one number, or a category of two, where they are not known.</summary>
    internal IReadOnlyList<EmbeddedColumn> Columns
    {
        get
        {
            var columns = new List<EmbeddedColumn>();
            var to = 0;
            foreach (var group in (Layout ?? InputLayout.Of([(Embeds, Embeds == InputKind.Category ? 2 : 1)])).Groups)
            {
                var isOne = group.Kind == InputKind.Category;
                for (var i = 0; group.Kind == Embeds && i < (isOne ? 1 : group.Width); i++)
                {
                    columns.Add(new EmbeddedColumn(group.Offset + i, isOne ? group.Width : 1, to, WidthOf(group), group.Source + i));
                    to += WidthOf(group);
                }

                to += group.Kind == Embeds ? 0 : group.Width;
            }

            return columns;
        }
    }

    /// <summary>The runs of inputs that are passed on.</summary>
    internal IReadOnlyList<PassedInputs> Passed
    {
        get
        {
            var outputs = OutputLayout!.Groups;
            return [.. Layout!.Groups.Select((group, i) => (group, i)).Where(pair => pair.group.Kind != Embeds)
                .Select(pair => new PassedInputs(pair.group.Offset, pair.group.Width, outputs[pair.i].Offset))];
        }
    }

    /// <summary>Numbers that each number of a group, or the category that it is, becomes.</summary>
    internal abstract int WidthOf(InputGroup group);

    private InputLayout LayoutOf(InputLayout inputs)
    {
        var groups = new InputGroup[inputs.Groups.Count];
        var at = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var group = inputs.Groups[i];
            groups[i] = group.Kind != Embeds ? group with { Offset = at }
                : new InputGroup(InputKind.Other, at, checked(WidthOf(group) * (group.Kind == InputKind.Category ? 1 : group.Width)), group.Source)
                {
                    FeatureWidth = WidthOf(group),
                };
            at = checked(at + groups[i].Width);
        }

        return new InputLayout(groups);
    }
}

/// <summary>A number or a category and its embedding.</summary>
/// <param name="Input">Its first input.</param>
/// <param name="Inputs">How many inputs it has: 1 for a number.</param>
/// <param name="Output">The first output of its embedding.</param>
/// <param name="Units">How many outputs that has.</param>
/// <param name="Source">The place of its first input among the network's own inputs.</param>
internal readonly record struct EmbeddedColumn(int Input, int Inputs, int Output, int Units, int Source);

/// <summary>Inputs that stay what they are.</summary>
/// <param name="From">The first of them.</param>
/// <param name="Count">How many.</param>
/// <param name="To">The first output they become.</param>
internal readonly record struct PassedInputs(int From, int Count, int To);
