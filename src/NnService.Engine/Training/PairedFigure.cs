namespace NnService.Engine.Training;

/// <summary>What one model's figure is above another's on the same rows.</summary>
/// <param name="Difference">The first model's figure less the other's.</param>
/// <param name="Interval">Its 95 % interval, [low, high], row against row; null where the rows are too few or too alike to tell.</param>
public sealed record PairedFigure(double Difference, double[]? Interval);
