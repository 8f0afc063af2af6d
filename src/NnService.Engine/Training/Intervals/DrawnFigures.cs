using System.Runtime.Intrinsics;

namespace NnService.Engine.Training.Intervals;

/// <summary>A figure of the draws of <see cref="DrawLanes"/>, and its standard error in each.</summary>
/// <param name="Values">[lanes] the figure.</param>
/// <param name="Errors">[lanes] its standard error.</param>
internal readonly record struct DrawnFigures(Vector512<double> Values, Vector512<double> Errors)
{
    /// <summary>Those of one draw.</summary>
    public (double Value, double Error) Of(int lane) => (Values[lane], Errors[lane]);
}
