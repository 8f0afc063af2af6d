using NnService.Engine.Layers.Embeddings;

namespace NnService.Engine.Export;

/// <summary>What an embedding makes of some inputs.</summary>
/// <param name="From">The first of them.</param>
/// <param name="Count">How many.</param>
/// <param name="To">The first number they become.</param>
/// <param name="Width">How many numbers.</param>
internal abstract record EmbeddingPart(int From, int Count, int To, int Width)
{
    /// <summary>The numbers of the part by name, in the order in which they are written.</summary>
    public abstract IEnumerable<(string Name, double[] Values)> Arrays { get; }

    /// <summary>The parts of a layer in the order of what they become.</summary>
    /// <param name="spec">The layer, which knows its inputs.</param>
    /// <param name="array">The layer's arrays by name.</param>
    public static IReadOnlyList<EmbeddingPart> Of(EmbeddingSpec spec, Func<string, double[]> array) =>
    [
        .. spec.Passed.Select(run => (EmbeddingPart)new PassedPart(run.From, run.Count, run.To))
            .Concat(spec.Columns.Select((column, c) => Of(spec, column, c, array)))
            .OrderBy(part => part.To),
    ];

    private static EmbeddingPart Of(EmbeddingSpec spec, EmbeddedColumn at, int c, Func<string, double[]> array)
    {
        double[] Part(string name, int length) => array(name)[(c * length)..((c + 1) * length)];
        switch (spec)
        {
            case PiecewiseLinearSpec linear:
                var edges = Part("edges", linear.Bins + 1);
                var bins = 0;
                while (bins < linear.Bins && edges[bins + 1] > edges[bins])
                    bins++;
                return new PiecewisePart(
                    at.Input, at.Output, at.Units, bins == 0 ? [] : edges[..(bins + 1)],
                    Part("weights", at.Units), Part("bias", at.Units), Part("binWeights", linear.Bins * at.Units)[..(bins * at.Units)]);
            case PeriodicSpec periodic:
                return new PeriodicPart(
                    at.Input, at.Output, at.Units, Part("frequencies", periodic.Frequencies),
                    Part("weights", 2 * periodic.Frequencies * at.Units), Part("bias", at.Units));
            case CosineEmbeddingSpec cosine:
                return new CosinePart(
                    at.Input, at.Output, at.Units, Part("frequencies", cosine.Frequencies), Part("phases", cosine.Frequencies),
                    Part("scale", at.Units), Part("shift", at.Units));
            case CategoryEmbeddingSpec:
                return new CategoryPart(at.Input, at.Inputs, at.Output, at.Units, array($"weights{c}"));
            default:
                throw new ExportException($"A {spec.Type} layer is one that no format has a word for.");
        }
    }
}

/// <summary>y = x</summary>
internal sealed record PassedPart(int From, int Count, int To) : EmbeddingPart(From, Count, To, Count)
{
    public override IEnumerable<(string Name, double[] Values)> Arrays => [];
}

/// <summary>y = (x · w + b) + Σᵢ cᵢ Lᵢ with the code c of <see cref="PiecewiseLinear{T}"/>.</summary>
/// <param name="Edges">[bins + 1], rising; empty: there are no bins.</param>
/// <param name="Weights">[Width] w</param>
/// <param name="Bias">[Width] b</param>
/// <param name="BinWeights">[bins, Width] L</param>
internal sealed record PiecewisePart(int From, int To, int Width, double[] Edges, double[] Weights, double[] Bias, double[] BinWeights)
    : EmbeddingPart(From, 1, To, Width)
{
    public int Bins => Math.Max(0, Edges.Length - 1);

    public override IEnumerable<(string Name, double[] Values)> Arrays =>
        [("edges", Edges), ("weights", Weights), ("bias", Bias), ("bin_weights", BinWeights)];
}

/// <summary>y = relu(v·W + b), v = [sin 2πfx, cos 2πfx].</summary>
/// <param name="Frequencies">f</param>
/// <param name="Weights">[2 frequencies, Width] W</param>
/// <param name="Bias">[Width] b</param>
internal sealed record PeriodicPart(int From, int To, int Width, double[] Frequencies, double[] Weights, double[] Bias) : EmbeddingPart(From, 1, To, Width)
{
    public override IEnumerable<(string Name, double[] Values)> Arrays => [("frequencies", Frequencies), ("weights", Weights), ("bias", Bias)];
}

/// <summary>y = v ⊙ s + t, v = [x, cos 2π(fx + p)].</summary>
/// <param name="Frequencies">[Width − 1] f</param>
/// <param name="Phases">[Width − 1] p</param>
/// <param name="Scale">[Width] s</param>
/// <param name="Shift">[Width] t</param>
internal sealed record CosinePart(int From, int To, int Width, double[] Frequencies, double[] Phases, double[] Scale, double[] Shift)
    : EmbeddingPart(From, 1, To, Width)
{
    public override IEnumerable<(string Name, double[] Values)> Arrays =>
        [("frequencies", Frequencies), ("phases", Phases), ("factor", Scale), ("offset", Shift)];
}

/// <summary>y = x·E</summary>
/// <param name="Weights">[Count, Width] E</param>
internal sealed record CategoryPart(int From, int Count, int To, int Width, double[] Weights) : EmbeddingPart(From, Count, To, Width)
{
    public override IEnumerable<(string Name, double[] Values)> Arrays => [("weights", Weights)];
}
