using System.Globalization;

namespace NnService.Engine.Training.Curves;

/// <summary>Answers of a model as predictions write them.</summary>
internal static class AsWritten
{
    /// <summary>The number whose shortest form is that of the answer in its own precision: 0.95104 of a float32 that is 0.9510400295257568.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="precision">Its precision.</param>
    internal static double Number(double answer, Precision precision) => precision == Precision.Float64 ? answer
        : double.Parse(((float)answer).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
