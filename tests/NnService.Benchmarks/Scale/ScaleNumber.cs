using System.Globalization;

namespace NnService.Benchmarks.Scale;

/// <summary>Numbers of the page, with as many digits as they are worth.</summary>
internal static class ScaleNumber
{
    public const string None = "–";

    /// <summary>Three digits.</summary>
    public static string Of(double number) => double.IsNaN(number) ? None : Math.Abs(number) >= 1000 || number == 0
        ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>"0.83 (0.97)": over all sizes, and of the last two.</summary>
    public static string Exponents(Curve curve) => double.IsNaN(curve.Exponent()) ? None
        : string.Create(CultureInfo.InvariantCulture, $"{curve.Exponent():0.00} ({curve.LastExponent():0.00})");

    /// <summary>"2.31×"; nothing where there is none.</summary>
    public static string Times(double? ratio) => ratio is { } number ? $"{Of(number)}×" : "";
}
