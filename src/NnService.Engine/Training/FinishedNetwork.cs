using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>One of several networks that a run trains one after another, trained to its end.</summary>
/// <param name="Parameters">Its flat parameter vector; empty where the training diverged, and there is nothing to keep.</param>
/// <param name="State">Its flat vector of untrained state.</param>
/// <param name="Epochs">Whole epochs trained.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Kept">The report of the epoch whose parameters these are; null where nothing was measured.</param>
public sealed record FinishedNetwork<T>(T[] Parameters, T[] State, int Epochs, long Steps, EpochResult? Kept)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether it can answer.</summary>
    public bool IsUsable => Parameters.Length > 0;
}
