namespace NnService.Engine;

/// <summary>A model's loss over rows that come piece by piece.</summary>
public abstract class LossMeter
{
    private protected LossMeter()
    {
    }

    /// <summary>The loss over all rows so far: their mean, or their sum where the loss is one. NaN before the first row.</summary>
    public abstract double Value { get; }

    /// <summary>Adds some rows.</summary>
    /// <param name="encoded">[rows, width of the features]</param>
    /// <param name="targets">[rows, outputs], encoded.</param>
    /// <param name="rows">Number of rows.</param>
    public abstract void Add(ReadOnlySpan<double> encoded, ReadOnlySpan<double> targets, int rows);
}
