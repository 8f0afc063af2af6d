namespace NnService.Engine.Training.Intervals;

/// <summary>
/// What the figures of one model are above those of another, with the same rows drawn for both: the bootstrap of pairs (Efron and Tibshirani 1993).
/// </summary>
/// <param name="first">The model.</param>
/// <param name="second">The other, prepared from the same rows.</param>
internal sealed class PairedResample(IResampled first, IResampled second) : IResampled
{
    private readonly double[] _others = new double[second.Names.Count];

    public int Rows => first.Rows;

    public IReadOnlyList<string> Names => first.Names;

    public void Compute(ReadOnlySpan<ushort> counts, Span<double> figures)
    {
        first.Compute(counts, figures);
        second.Compute(counts, _others);
        for (var i = 0; i < figures.Length; i++)
            figures[i] -= _others[i];
    }
}
