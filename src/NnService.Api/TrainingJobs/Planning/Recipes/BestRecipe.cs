using NnService.Engine;
using NnService.Engine.Layers.Embeddings;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>The standard network, and others that err in other places: they see the numbers in other ways, or are deeper.</summary>
internal sealed class BestRecipe : StandardRecipe
{
    private const int FewBins = 16;
    private const int ManyBins = 96;

    /// <summary>
    /// Where numbers are embedded: with more and with fewer bins, by waves, deeper, and not at all; else one more of the same, a deeper one and one of half the
    /// width.
    /// </summary>
    public override IReadOnlyList<NetworkSpec> Others(TableSize table)
    {
        var usual = Hidden(table);
        int[] deep = [usual[0], .. usual];
        int[] narrow = [.. usual.Select(width => width / 2)];
        if (EmbeddingWidth(table) is not (> 0 and var units))
            return [.. ((int[][])[usual, deep, narrow]).Select(hidden => Network(table, FirstLayer(table), hidden))];
        return
        [
            Network(table, new PiecewiseLinearSpec { Units = units, Bins = ManyBins }, usual),
            Network(table, new CosineEmbeddingSpec(), usual),
            Network(table, new PiecewiseLinearSpec { Units = units }, deep),
            Network(table, new PeriodicSpec(), usual),
            Network(table, null, deep),
            Network(table, new PiecewiseLinearSpec { Units = units, Bins = FewBins }, usual),
        ];
    }
}
