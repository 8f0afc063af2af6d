using System.Globalization;
using System.Text;

namespace NnService.Engine.Data;

/// <summary>What a cell's text can mean as a number.</summary>
internal enum NumberKind
{
    Number,
    TooLarge,
    Infinity,
    NotANumber,
}

/// <summary>The rules by which the text of a cell is a boolean or a number with a decimal point. What is missing, <see cref="CellNotation"/> says.</summary>
internal static class CellText
{
    private const int MaxExactExponent = 22;

    // 10^0 … 10^22 are exact in float64, so one multiplication or division of an exact mantissa rounds once (Clinger 1990).
    private static readonly double[] s_powersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>The text without spaces and tabs around it.</summary>
    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] is (byte)' ' or (byte)'\t')
            start++;
        while (end > start && text[end - 1] is (byte)' ' or (byte)'\t')
            end--;
        return text[start..end];
    }

    /// <summary>Reads true or false in any case; null where the text is neither.</summary>
    internal static bool? ToBoolean(ReadOnlySpan<byte> trimmed)
    {
        if (trimmed.Length == 4 && Ascii.EqualsIgnoreCase(trimmed, "true"u8))
            return true;
        return trimmed.Length == 5 && Ascii.EqualsIgnoreCase(trimmed, "false"u8) ? false : null;
    }

    /// <inheritdoc cref="ToBoolean(ReadOnlySpan{byte})"/>
    internal static bool? ToBoolean(string text) => ToBoolean(Trim(Encoding.UTF8.GetBytes(text)));

    /// <inheritdoc cref="ToNumber(ReadOnlySpan{byte}, out double)"/>
    internal static NumberKind ToNumber(string text, out double value) => ToNumber(Trim(Encoding.UTF8.GetBytes(text)), out value);

    /// <summary>Reads a decimal number (sign, digits, point, exponent), correctly rounded; minus zero becomes zero; the value is NaN unless it is a
    /// number.</summary>
    internal static NumberKind ToNumber(ReadOnlySpan<byte> trimmed, out double value)
    {
        value = double.NaN;
        int at = trimmed.Length > 0 && trimmed[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        int first = at;
        ulong mantissa = 0;
        uint digit;
        for (; at < trimmed.Length && (digit = (uint)(trimmed[at] - '0')) <= 9; at++)
            mantissa = unchecked(mantissa * 10 + digit); // more than 19 digits are read by double.Parse
        int digits = at - first;
        int exponent = 0;
        if (at < trimmed.Length && trimmed[at] == '.')
        {
            int fraction = ++at;
            for (; at < trimmed.Length && (digit = (uint)(trimmed[at] - '0')) <= 9; at++)
                mantissa = unchecked(mantissa * 10 + digit);
            exponent = fraction - at;
            digits -= exponent;
        }

        if (digits == 0)
            return IsInfinity(trimmed) ? NumberKind.Infinity : NumberKind.NotANumber;
        if (at < trimmed.Length)
        {
            if ((trimmed[at++] | 0x20) != 'e' || !Exponent(trimmed, ref at, out int written) || at < trimmed.Length)
                return NumberKind.NotANumber;
            exponent += written;
        }

        if (digits <= 19 && mantissa <= 1UL << 53 && exponent is >= -MaxExactExponent and <= MaxExactExponent)
        {
            value = exponent < 0 ? mantissa / s_powersOfTen[-exponent] : mantissa * s_powersOfTen[exponent];
            value = trimmed[0] == '-' && mantissa != 0 ? -value : value;
            return NumberKind.Number;
        }

        if (digits <= 19 && NearestDouble.TryFrom(mantissa, exponent, out value))
        {
            value = (trimmed[0] == '-' ? -value : value) + 0.0; // + 0.0 turns -0 into 0
            return NumberKind.Number;
        }

        value = double.Parse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture) + 0.0;
        if (double.IsFinite(value))
            return NumberKind.Number;
        value = double.NaN;
        return NumberKind.TooLarge;
    }

    /// <summary>Whether text is no number only because its decimal point is a comma.</summary>
    internal static bool HasDecimalComma(ReadOnlySpan<byte> trimmed)
    {
        int comma = trimmed.IndexOf((byte)',');
        if (comma < 0 || trimmed.Length > 400)
            return false;
        byte[] text = trimmed.ToArray();
        text[comma] = (byte)'.';
        return ToNumber(text, out _) == NumberKind.Number;
    }

    /// <summary>A cell's text between quotes for a message: shortened, without control characters.</summary>
    internal static string Quote(ReadOnlySpan<byte> text)
    {
        const int Longest = 40;
        return Quote(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * Longest + 4)]));
    }

    /// <inheritdoc cref="Quote(ReadOnlySpan{byte})"/>
    internal static string Quote(string text)
    {
        const int Longest = 40;
        var shown = new StringBuilder("\"");
        int runes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (++runes > Longest)
                return shown.Append("…\"").ToString();
            shown.Append(Rune.IsControl(rune) ? Pictured(rune.Value) : rune.ToString());
        }

        return shown.Append('"').ToString();
    }

    // U+000C as ␌.
    private static string Pictured(int control) => control < ' ' ? $"{(char)('\u2400' + control)}" : "\uFFFD";

    private static bool Exponent(ReadOnlySpan<byte> text, ref int at, out int written)
    {
        const int Enough = 100_000; // beyond it only the sign matters, and double.Parse sees the text itself
        written = 0;
        bool negative = at < text.Length && text[at] == '-';
        if (negative || (at < text.Length && text[at] == '+'))
            at++;
        int start = at;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            written = Math.Min(Enough, written * 10 + (text[at] - '0'));
        written = negative ? -written : written;
        return at > start;
    }

    private static bool IsInfinity(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        return text.Length is 3 or 8 && (Ascii.EqualsIgnoreCase(text, "inf"u8) || Ascii.EqualsIgnoreCase(text, "infinity"u8));
    }
}
