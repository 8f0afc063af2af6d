using System.Globalization;

namespace NnService.Api.Models;

/// <summary>Figures in a sentence: as many digits as tell them apart, no more than can be read.</summary>
internal static class FigureText
{
    private const double Small = 1e-3;
    private const double Large = 1e7;

    /// <summary>A share: three decimals, more where it is near 0 or 1 and neither.</summary>
    public static string Share(double share)
    {
        var distance = Math.Min(share, 1 - share);
        var decimals = distance is > 0 and < 0.001 ? Math.Min(15, 1 - (int)Math.Floor(Math.Log10(distance))) : 3;
        return share.ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    /// <summary>A number of any size.</summary>
    public static string Number(double number)
    {
        var size = Math.Abs(number);
        var format = size == 0 ? "0" : size is < Small or >= Large ? "0.###e+0" : size < 1 ? "G3" : size < 100 ? "0.###" : "#,0";
        return number.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary><c>1 row</c>, <c>1,000 rows</c>.</summary>
    public static string Rows(int count) => count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} rows");
}
