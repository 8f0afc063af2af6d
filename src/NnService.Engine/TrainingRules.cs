namespace NnService.Engine;

/// <summary>
/// Versions of the rules by which a configuration trains. A change after which the same configuration, table and seed end with other parameters makes a new one,
/// and those before it are kept: what was stored with them ends with the bits it had.
/// </summary>
public static class TrainingRules
{
    /// <summary>
    /// Until 2026-11-29. A step divides by the weights of its own minibatch's rows; bins of <c>piecewiseLinear</c> may be narrow at an end; a training that begins with
    /// a model's parameters does not count them as an epoch where the history's loss is a running mean.
    /// </summary>
    public const int First = 0;

    /// <summary>A step divides by its rows times the mean weight of the training part (decision 81); the bins at the ends are wide; the start counts.</summary>
    public const int EqualWeights = 1;

    /// <summary>Those of what is new.</summary>
    public const int Latest = EqualWeights;
}
