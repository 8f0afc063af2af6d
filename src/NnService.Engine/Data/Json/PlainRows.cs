using System.Buffers;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data.Json;

/// <summary>
/// Reads the bodies that almost all predictions come in, <c>{"columns":[…],"rows":[[…]]}</c>, <c>{"rows":[[…]]}</c> and <c>{"rows":[{…}]}</c> of numbers, in
/// one go.
/// What is unusual or wrong it does not read: that is left to the reader that has the rules and the messages, and gives the same values where there are any.
/// For any number of threads at once.
/// </summary>
public sealed class PlainRows
{
    private const int MostOnStack = 1024;

    private readonly JsonRowEncoder _encoder;
    private Header? _header;

    private PlainRows(JsonRowEncoder encoder) => _encoder = encoder;

    /// <summary>A reader; null where the features are not all plain numbers (<see cref="JsonRowEncoder.For"/>).</summary>
    public static PlainRows? For(FeatureEncoding features) => JsonRowEncoder.For(features) is { } encoder ? new PlainRows(encoder) : null;

    /// <summary>Encodes the rows of a body into an array of [rows, width]; false where the body is not for this reader.</summary>
    /// <param name="text">The body, with <see cref="JsonRowEncoder.ReadableBytes"/> zeros behind it.</param>
    /// <param name="width">Inputs of a row.</param>
    /// <param name="values">An array from the shared pool; exchanged for a larger one as needed.</param>
    /// <param name="rows">Number of rows.</param>
    public bool TryRead(ReadOnlySpan<byte> text, int width, ref double[] values, out int rows)
    {
        ArgumentNullException.ThrowIfNull(values);
        rows = 0;
        int at = JsonRowEncoder.SkipSpace(text, 0);
        if (text[at] != '{')
            return false;
        at = JsonRowEncoder.SkipSpace(text, at + 1);
        int[]? columns = null;
        if (text[at..].StartsWith("\"columns\""u8))
        {
            if ((columns = ReadColumns(text, ref at)) is null || text[at] != ',')
                return false;
            at = JsonRowEncoder.SkipSpace(text, at + 1);
        }

        if (!text[at..].StartsWith("\"rows\""u8) || !TrySkip(text, ref at, "\"rows\"".Length, ':') || text[at] != '[')
            return false;
        if (!TryReadRows(text, ref at, columns, width, ref values, ref rows) || text[at] != '}')
            return false;
        return JsonRowEncoder.SkipSpace(text, at + 1) == text.Length - JsonRowEncoder.ReadableBytes;
    }

    private bool TryReadRows(ReadOnlySpan<byte> text, ref int at, int[]? columns, int width, ref double[] values, ref int rows)
    {
        Span<bool> seen = _encoder.Columns <= MostOnStack ? stackalloc bool[_encoder.Columns] : new bool[_encoder.Columns];
        do
        {
            at = JsonRowEncoder.SkipSpace(text, at + 1);
            if (values.Length < (rows + 1) * width)
                Grow(ref values, rows * width, (rows + 1) * width);
            Span<double> inputs = values.AsSpan(rows * width, width);
            at = text[at] == '{' && columns is null
                ? _encoder.EncodeObject(text, at, seen, inputs)
                : _encoder.EncodeArray(text, at, columns is null ? _encoder.Places : columns, inputs);
            if (at < 0)
                return false;
            rows++;
            at = JsonRowEncoder.SkipSpace(text, at);
        }
        while (text[at] == ',');
        return text[at] == ']' && (at = JsonRowEncoder.SkipSpace(text, at + 1)) > 0;
    }

    // The input that each element of a row goes to. A caller sends the same header with every request, so that comparing it as a whole is enough.
    private int[]? ReadColumns(ReadOnlySpan<byte> text, ref int at)
    {
        if (Volatile.Read(ref _header) is { } known && text[at..].StartsWith(known.Text))
        {
            at = JsonRowEncoder.SkipSpace(text, at + known.Text.Length);
            return known.Places;
        }

        int start = at;
        if (!TrySkip(text, ref at, "\"columns\"".Length, ':') || text[at] != '[')
            return null;
        int[] places = new int[_encoder.Columns];
        bool[] seen = new bool[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            at = JsonRowEncoder.SkipSpace(text, at + 1);
            int column = _encoder.ColumnAt(text, at, i, out int size);
            if (column < 0 || seen[column])
                return null;
            seen[column] = true;
            places[i] = _encoder.Places[column];
            at = JsonRowEncoder.SkipSpace(text, at + size);
            if (text[at] != (i + 1 < places.Length ? ',' : ']'))
                return null;
        }

        Volatile.Write(ref _header, new Header(text[start..(at + 1)].ToArray(), places));
        at = JsonRowEncoder.SkipSpace(text, at + 1);
        return places;
    }

    private static bool TrySkip(ReadOnlySpan<byte> text, ref int at, int size, char sign)
    {
        at = JsonRowEncoder.SkipSpace(text, at + size);
        if (text[at] != sign)
            return false;
        at = JsonRowEncoder.SkipSpace(text, at + 1);
        return true;
    }

    private static void Grow(ref double[] values, int used, int needed)
    {
        double[] larger = ArrayPool<double>.Shared.Rent(Math.Max(needed, 2 * values.Length));
        values.AsSpan(0, used).CopyTo(larger);
        ArrayPool<double>.Shared.Return(values);
        values = larger;
    }

    private sealed record Header(byte[] Text, int[] Places);
}
