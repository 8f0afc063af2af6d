using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Json;

/// <summary>Whole numbers beyond 2^53, of which one float64 stands for several: as numbers they are the nearest one, as words they keep their digits, as in a
/// CSV.</summary>
internal static class LargeNumber
{
    /// <summary>What the least of them is rounded to.</summary>
    internal const double Least = 1L << 53;

    /// <summary>The digits of a number as JSON writes it; null where it is smaller, or has a fraction or an exponent.</summary>
    internal static string? Digits(ReadOnlySpan<byte> written, double value) => Is(written, value) ? Encoding.UTF8.GetString(written) : null;

    /// <summary>The word that a number as JSON writes it stands for.</summary>
    internal static ReadOnlySpan<byte> WordOf(ReadOnlySpan<byte> written, double value) =>
        Is(written, value) ? written : Encoding.UTF8.GetBytes(Column.TextOf(value));

    private static bool Is(ReadOnlySpan<byte> written, double value) =>
        Math.Abs(value) >= Least && !written.TrimStart((byte)'-').ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
