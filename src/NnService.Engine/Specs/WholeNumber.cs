using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NnService.Engine.Specs;

/// <summary>Whole numbers as JSON writes them: 2, 2.0 and 0.2e1 are the same number, and nothing is rounded to one.</summary>
public static class WholeNumber
{
    private const int MostDigits = 20; // 2⁶⁴ − 1 has as many; more significant ones are above every type that is read

    /// <summary>The number that the reader stands at; false where it is no number, no whole one, or beyond the type.</summary>
    public static bool TryRead<T>(ref Utf8JsonReader reader, out T value)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = default;
        return reader.TokenType == JsonTokenType.Number && TryParse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan, out value);
    }

    /// <summary>The number of an element; false where it is no number, no whole one, or beyond the type.</summary>
    public static bool TryRead<T>(JsonElement element, out T value)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = default;
        return element.ValueKind == JsonValueKind.Number && TryParse(System.Text.Encoding.UTF8.GetBytes(element.GetRawText()), out value);
    }

    /// <summary>The number that a valid JSON number is; false where it is no whole one, or beyond the type.</summary>
    public static bool TryParse<T>(ReadOnlySpan<byte> number, out T value)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        if (T.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return true;
        if (!TryParseExactly(number, out var exact) || exact < Int128.CreateChecked(T.MinValue) || exact > Int128.CreateChecked(T.MaxValue))
            return false;
        value = T.CreateTruncating(exact);
        return true;
    }

    // ±digits.fraction e exponent = ±(digits fraction) · 10^(exponent − length of the fraction), zeros at both ends of the digits left out
    private static bool TryParseExactly(ReadOnlySpan<byte> number, out Int128 value)
    {
        value = 0;
        var end = number.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = end < 0 ? number : number[..end];
        var isNegative = mantissa is [(byte)'-', ..];
        var point = mantissa.IndexOf((byte)'.');
        var scale = point < 0 ? 0L : -(mantissa.Length - point - 1L);
        Int128 digits = 0;
        var (count, zeros) = (0, 0L);
        foreach (var character in mantissa)
        {
            if (!char.IsAsciiDigit((char)character) || (character == '0' && digits == 0))
                continue;
            zeros++;
            if (character == '0')
                continue; // what counts is whether another digit follows
            if ((count += (int)Math.Min(zeros, MostDigits + 1)) > MostDigits)
                return false;
            for (; zeros > 1; zeros--)
                digits *= 10;
            digits = (digits * 10) + (character - '0');
            zeros = 0;
        }

        if (digits == 0)
            return true;
        if (!TryParseExponent(end < 0 ? [] : number[(end + 1)..], out var exponent) || (exponent += scale + zeros) < 0 || exponent + count > MostDigits)
            return false;
        for (; exponent > 0; exponent--)
            digits *= 10;
        value = isNegative ? -digits : digits;
        return true;
    }

    // An exponent that 32 bits do not hold makes a number too large, or none that is whole.
    private static bool TryParseExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        exponent = 0;
        if (text.IsEmpty)
            return true;
        var isSmall = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small);
        exponent = small;
        return isSmall;
    }
}

/// <summary>Reads whole numbers by <see cref="WholeNumber"/>, and says which are taken where there is none.</summary>
/// <param name="range">Which; empty where the fields of the type have narrower limits of their own, which are told once a number can be read.</param>
internal sealed class WholeNumberConverter<T>(string range) : JsonConverter<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WholeNumber.TryRead(ref reader, out T value) ? value
        : throw new JsonException($"Expected a {(range.Length == 0 ? Nearer(ref reader) : "")}whole number{range}.");

    private static string Nearer(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var number))
            return "";
        return number >= double.CreateSaturating(T.MaxValue) ? "smaller " : number <= double.CreateSaturating(T.MinValue) ? "greater " : "";
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (typeof(T) == typeof(ulong))
            writer.WriteNumberValue(ulong.CreateTruncating(value));
        else
            writer.WriteNumberValue(long.CreateTruncating(value));
    }
}
