using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data.Json;

/// <summary>
/// Reads rows of JSON numbers straight into the inputs of a network, for encodings of number columns alone.
/// What it reads is encoded as <see cref="FeatureEncoding.Encode(ReadOnlySpan{Cell}, Span{double}, Span{string?}, UnknownCategories?)"/> does it; whatever is
/// unusual
/// (nulls, texts, escapes, unknown or missing columns, mistakes) it leaves to the general way, which has the rules and the messages.
/// </summary>
// Texts given to it end with ReadableBytes of 0, so that vectors may be loaded, and scans stop, without a check for each byte.
public sealed unsafe class JsonRowEncoder
{
    /// <summary>Zeros that must stand behind a text, and are part of the span.</summary>
    public const int ReadableBytes = 64;

    // Names that come in quite another order are found sooner by a dictionary, which the general way has.
    private const int MostTries = 64;

    private readonly FeatureColumn[] _columns;
    private readonly byte[][] _quotedNames;
    private readonly double[] _shifts;
    private readonly double[] _scales;
    private readonly int[] _offsets;
    private readonly int _width;
    private readonly bool _isPlain; // input i is column i, shifted and scaled: whole vectors at a time

    private JsonRowEncoder(FeatureEncoding features)
    {
        _columns = [.. features.Columns];
        _quotedNames = [.. _columns.Select(column => Encoding.UTF8.GetBytes($"\"{column.Name}\""))];
        _shifts = [.. _columns.Select(column => column.Shift)];
        _scales = [.. _columns.Select(column => column.Scale)];
        _offsets = [.. _columns.Select(column => column.Offset)];
        _width = features.Width;
        _isPlain = _width == Columns && _offsets.SequenceEqual(Enumerable.Range(0, Columns)) && _columns.All(column => column.IsScaledAlone);
    }

    /// <summary>Number of columns.</summary>
    public int Columns => _quotedNames.Length;

    /// <summary>[Columns] the input that a column's number goes to.</summary>
    public ReadOnlySpan<int> Places => _offsets;

    /// <summary>An encoder; null where a column is no number, a number stands for a missing cell, or a name is written with escapes in JSON.</summary>
    public static JsonRowEncoder? For(FeatureEncoding features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return features.Notation is not { HasMissingNumbers: true }
            && features.Columns.All(column => column.Type == ColumnType.Number
            && !column.Name.Any(letter => letter is '"' or '\\' or '\uFFFD' || letter < ' ' || char.IsSurrogate(letter)))
            ? new JsonRowEncoder(features)
            : null;
    }

    /// <summary>The first byte at or behind a place that is no white space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipSpace(ReadOnlySpan<byte> text, int at)
    {
        while (text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at;
    }

    /// <summary>Which column's name, with its quotes, begins at a place; -1: none of the next <see cref="MostTries"/> from <paramref name="guess"/>
    /// on.</summary>
    public int ColumnAt(ReadOnlySpan<byte> text, int at, int guess, out int size)
    {
        for (int tried = 0; tried < Math.Min(_quotedNames.Length, MostTries); tried++)
        {
            int column = guess + tried;
            column -= column >= _quotedNames.Length ? _quotedNames.Length : 0;
            size = _quotedNames[column].Length;
            if (text[at..].StartsWith(_quotedNames[column]))
                return column;
        }

        size = 0;
        return -1;
    }

    /// <summary>Encodes the array at a place; returns the place behind it, or -1 where it is not one of a number for each column.</summary>
    /// <param name="text">The text, which ends with <see cref="ReadableBytes"/> zeros.</param>
    /// <param name="at">Where the array begins.</param>
    /// <param name="places">[Columns] the input that each element goes to, of <see cref="Places"/>.</param>
    /// <param name="inputs">[Width], overwritten.</param>
    public int EncodeArray(ReadOnlySpan<byte> text, int at, ReadOnlySpan<int> places, Span<double> inputs)
    {
        Check(text, places, inputs);
        if (text[at] != '[')
            return -1;
        fixed (byte* start = text)
            at = ReadArray(start, at, text.Length, places, inputs);
        return at >= 0 && Encode(inputs) ? at + 1 : -1;
    }

    /// <summary>Puts the numbers of an array where their columns' inputs begin; returns the place of its bracket, or -1.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadArray(byte* text, int at, int length, ReadOnlySpan<int> places, Span<double> inputs)
    {
        // Where numbers end is looked up for 64 bytes at once, so that none waits for the length of the one before it.
        int block = at;
        ulong ends = Ends(text + block);
        int end = at;
        for (int i = 0; i < places.Length; i++)
        {
            for (; ends == 0; ends = Ends(text + block))
            {
                block += ReadableBytes;
                if (block + ReadableBytes > length)
                    return -1;
            }

            byte* first = text + end + 1;
            first += *first == ' ' ? 1 : 0; // as many writers put one behind a comma
            if (*first <= ' ')
                first = SkipSpace(first);
            end = block + BitOperations.TrailingZeroCount(ends);
            ends &= ends - 1;
            int size = (int)(text + end - first);
            double value = *first - '0'; // grey values are mostly 0
            if (size != 1 || (uint)(*first - '0') > 9)
            {
                value = DecimalParser.IsSupported ? DecimalParser.ParseJson(first, size) : double.NaN;
                if (double.IsNaN(value) && double.IsNaN(value = ReadUpTo(first, text + end, text + length)))
                    return -1;
            }

            inputs[places[i]] = value;
            if (text[end] != (i + 1 < places.Length ? ',' : ']'))
                return -1;
        }

        return end;
    }

    /// <summary>Encodes the object at a place; returns the place behind it, or -1 where it does not have each column once with a number, and nothing
    /// else.</summary>
    /// <param name="text">The text, which ends with <see cref="ReadableBytes"/> zeros.</param>
    /// <param name="at">Where the object begins.</param>
    /// <param name="seen">[Columns] overwritten.</param>
    /// <param name="inputs">[Width], overwritten.</param>
    public int EncodeObject(ReadOnlySpan<byte> text, int at, Span<bool> seen, Span<double> inputs)
    {
        Check(text, seen, inputs);
        seen.Clear();
        if (text[at] != '{')
            return -1;
        int guess = 0;
        fixed (byte* start = text)
        {
            for (int i = 0; i < seen.Length; i++)
            {
                at = SkipSpace(text, at + 1);
                int column = ColumnAt(text, at, guess, out int name);
                if (column < 0 || seen[column])
                    return -1;
                seen[column] = true;
                guess = column + 1 < seen.Length ? column + 1 : 0;
                at = SkipSpace(text, at + name);
                if (text[at] != ':')
                    return -1;
                at = SkipSpace(text, at + 1);
                int size = Number(start, at, text.Length, out double value);
                if (size == 0)
                    return -1;
                inputs[_offsets[column]] = value;
                at = SkipSpace(text, at + size);
                if (text[at] != (i + 1 < seen.Length ? ',' : '}'))
                    return -1;
            }
        }

        return Encode(inputs) ? at + 1 : -1;
    }

    /// <summary>A bit for each comma and closing bracket among 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Ends(byte* text)
    {
        var bytes = Vector512.Load(text);
        return (Vector512.Equals(bytes, Vector512.Create((byte)',')) | Vector512.Equals(bytes, Vector512.Create((byte)']'))).ExtractMostSignificantBits();
    }

    /// <summary>A number that has more digits, an exponent, or white space behind it; NaN where it does not reach as far as the end.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double ReadUpTo(byte* text, byte* end, byte* textEnd)
    {
        int size = Number(text, 0, (int)(textEnd - text), out double value);
        return size > 0 && SkipSpace(text + size) == end ? value : double.NaN;
    }

    private static byte* SkipSpace(byte* text)
    {
        while (*text is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            text++;
        return text;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Number(byte* text, int at, int length, out double value)
    {
        value = 0;
        if (at + ReadableBytes > length)
            return 0;
        uint digit = (uint)(text[at] - '0');
        if (digit > 9 || text[at + 1] != ',')
            return JsonNumber.Read(text + at, out value);
        value = digit; // grey values are mostly 0
        return 1;
    }

    private void Check<T>(ReadOnlySpan<byte> text, ReadOnlySpan<T> columns, Span<double> inputs)
    {
        if (text.Length < ReadableBytes || text[^ReadableBytes..].ContainsAnyExcept((byte)0) || columns.Length != Columns || inputs.Length != _width)
            throw new ArgumentException(
                $"A text of {text.Length} bytes, {columns.Length} columns and {inputs.Length} inputs do not fit {Columns} columns and {_width} inputs, "
                + $"or no {ReadableBytes} zeros end the text.");
        if (_width != Columns)
            inputs.Clear(); // inputs that say a cell is missing
    }

    /// <summary>Encodes a row of numbers; false where one is not for this encoder.</summary>
    /// <param name="numbers">A row.</param>
    /// <param name="positions">[Columns] where in the row each column stands.</param>
    /// <param name="inputs">[Width], overwritten.</param>
    public bool Encode(ReadOnlySpan<double> numbers, ReadOnlySpan<int> positions, Span<double> inputs)
    {
        if (positions.Length != Columns || inputs.Length != _width)
            throw new ArgumentException($"{positions.Length} columns and {inputs.Length} inputs do not fit {Columns} columns and {_width} inputs.");
        if (_width != Columns)
            inputs.Clear();
        for (int column = 0; column < positions.Length; column++)
            inputs[_offsets[column]] = numbers[positions[column]];
        return Encode(inputs);
    }

    /// <summary>Encodes the numbers that stand in the columns' places; false where one cannot be.</summary>
    private bool Encode(Span<double> inputs)
    {
        int column = 0;
        if (_isPlain)
        {
            Vector<double> greatest = Vector.Create(double.MaxValue);
            Vector<long> areFinite = Vector<long>.AllBitsSet;
            for (; column + Vector<double>.Count <= inputs.Length; column += Vector<double>.Count)
            {
                Span<double> some = inputs[column..];
                Vector<double> encoded = (Vector.Create<double>(some) - Vector.Create(_shifts.AsSpan(column))) / Vector.Create(_scales.AsSpan(column));
                areFinite &= Vector.LessThanOrEqual(Vector.Abs(encoded), greatest);
                encoded.CopyTo(some);
            }

            if (areFinite != Vector<long>.AllBitsSet)
                return false;
        }

        for (; column < _offsets.Length; column++)
        {
            FeatureColumn feature = _columns[column];
            double value = inputs[feature.Offset];
            if (feature.IsBelowLogarithm(value))
                return false;
            value = feature.Scaled(value);
            if (!double.IsFinite(value))
                return false;
            inputs[feature.Offset] = value;
        }

        return true;
    }
}
