using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>A feature encoding, or some columns of it, bound to one table; encodes batches of its rows, on any number of threads.</summary>
public sealed class TableEncoder
{
    private const int RowsAtATime = 1024; // written column by column, so they should stay in the cache

    private readonly FeatureEncoding _encoding;
    private readonly FeatureRange _range;
    private readonly Column[] _sources;
    private readonly int[]?[] _inputOfCode; // for category sources: index among the feature's inputs, -1 for unknown ones

    /// <param name="encoding">The encoding.</param>
    /// <param name="range">Which of its columns.</param>
    /// <param name="table">The table.</param>
    /// <param name="before">An encoder of the same columns for another slice of the same table: where the categories are the same list, what was found of them
    /// holds here too. Null: none.</param>
    internal TableEncoder(FeatureEncoding encoding, FeatureRange range, Table table, TableEncoder? before)
    {
        _encoding = encoding;
        _range = range;
        _sources = new Column[range.Count];
        _inputOfCode = new int[]?[_sources.Length];
        for (int i = 0; i < _sources.Length; i++)
        {
            FeatureColumn feature = encoding.Columns[range.First + i];
            Column source = table.Find(feature.Name)
                ?? throw new PreparationException($"The table has no column \"{feature.Name}\", which the model needs.", feature.Name);
            CheckType(feature, source, table.Notation);
            _sources[i] = source;
            if (feature.Type == ColumnType.Category && feature.Dates is null && !source.IsNumeric)
                _inputOfCode[i] = before?._inputOfCode[i] is { } known && ReferenceEquals(before._sources[i].Categories, source.Categories)
                    ? known
                    : [.. source.Categories.Select(feature.InputOf)];
        }
    }

    /// <summary>
    /// Encodes rows of the table into [rows, Width]: computed in float64, rounded once to <typeparamref name="T"/>. Unknown categories become zeros, or the
    /// input for others, and are
    /// counted in <paramref name="unknown"/> where given.
    /// </summary>
    /// <exception cref="PreparationException">A cell is missing where that is an error, or a value is too large for <typeparamref name="T"/>.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Encode<T>(ReadOnlySpan<int> rows, Span<T> destination, UnknownCategories? unknown = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (destination.Length != (long)rows.Length * _encoding.Width)
            throw new ArgumentException($"{destination.Length} values are not {rows.Length} rows of {_encoding.Width}.", nameof(destination));
        EncodeInto(rows, destination, new Form(_encoding.Width, IsCompact: false), unknown);
    }

    /// <summary>The same into compact rows, [rows, Layout.CompactWidth], in which a category is the index of its input, or −1 where it has none. An encoder of
    /// some columns leaves the others as they are, and takes its own to be zeros.</summary>
    /// <exception cref="PreparationException">A cell is missing where that is an error, or a value is too large for <typeparamref name="T"/>.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void EncodeCompact<T>(ReadOnlySpan<int> rows, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = _encoding.Layout.CompactWidth;
        if (destination.Length != (long)rows.Length * width)
            throw new ArgumentException($"{destination.Length} values are not {rows.Length} compact rows of {width}.", nameof(destination));
        EncodeInto(rows, destination, new Form(width, IsCompact: true), null);
    }

    private void EncodeInto<T>(ReadOnlySpan<int> rows, Span<T> destination, Form form, UnknownCategories? unknown)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < rows.Length; start += RowsAtATime)
        {
            int count = Math.Min(RowsAtATime, rows.Length - start);
            Span<T> some = destination.Slice(start * form.Width, count * form.Width);
            if (_range.Count == _encoding.Columns.Count)
                some.Clear();
            EncodeColumns(rows.Slice(start, count), some, form, unknown);
        }
    }

    private void EncodeColumns<T>(ReadOnlySpan<int> rows, Span<T> destination, Form form, UnknownCategories? unknown)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int offset = form.IsCompact ? _range.CompactOffset : _range.Offset;
        for (int i = 0; i < _sources.Length; i++)
        {
            FeatureColumn feature = _encoding.Columns[_range.First + i];
            Span<T> inputs = destination.IsEmpty ? destination : destination[offset..];
            if (feature.Dates is { } parts)
                EncodeDates(feature, parts, _sources[i], rows, inputs, form);
            else if (feature.Type == ColumnType.Category)
                EncodeCategories(feature, i, rows, inputs, form, unknown);
            else
                EncodeNumbers(feature, _sources[i], rows, inputs, form);
            offset += form.IsCompact ? feature.CompactWidth : feature.Width;
        }
    }

    internal static PreparationException MissingCell(Column column, int row)
        => PreparationException.At(column, row, "the cell is missing, and missing cells are asked to be an error.");

    internal static PreparationException TooLarge(Column column, int row)
        => PreparationException.At(column, row, $"{column.TextAt(row)} is too large to compute with.");

    internal static PreparationException NoDate(Column column, int row)
        => PreparationException.At(column, row, $"{CellText.Quote(column.TextAt(row)!)} is not a date such as 2024-05-31.");

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeDates<T>(FeatureColumn feature, IReadOnlyList<DatePart> parts, Column source, ReadOnlySpan<int> rows, Span<T> inputs, Form form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < rows.Length; r++)
        {
            Span<T> at = inputs[(r * form.Width)..];
            string? text = source.TextAt(rows[r]);
            if (text is not null && DatePart.TryRead(text, out DateTime date))
            {
                for (int p = 0; p < parts.Count; p++)
                    at[p] = T.CreateTruncating(parts[p].Scaled(date));
                continue;
            }

            // A text of JSON is a word in the table, and among dates it can only be a missing one, as in a row.
            if (text is not null && !(_encoding.Notation ?? CellNotation.Default).IsMissing(text))
                throw NoDate(source, rows[r]);
            WriteMissing(feature, source, rows[r], at, form);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeNumbers<T>(FeatureColumn feature, Column source, ReadOnlySpan<int> rows, Span<T> inputs, Form form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<double> numbers = source.IsNumeric ? source.Numbers : [];
        bool isScaledAlone = feature.IsScaledAlone;
        (double shift, double scale, int width) = (feature.Shift, feature.Scale, form.Width);
        for (int r = 0; r < rows.Length; r++)
        {
            double number = numbers.IsEmpty ? double.NaN : numbers[rows[r]]; // a column of text fits only where every cell is missing
            if (isScaledAlone)
            {
                var scaled = T.CreateTruncating((number - shift) / scale);
                inputs[r * width] = scaled;
                if (T.IsFinite(scaled))
                    continue;
            }

            // What is missing, too large, or more than scaled.
            Span<T> at = inputs[(r * width)..];
            if (double.IsNaN(number))
            {
                WriteMissing(feature, source, rows[r], at, form);
                continue;
            }

            if (feature.IsBelowLogarithm(number))
            {
                throw PreparationException.At(
                    source, rows[r], $"{source.TextAt(rows[r])} has no logarithm; the column was trained with log1p, which takes numbers greater than -1.");
            }

            at[0] = T.CreateTruncating(feature.Scaled(number));
            if (!T.IsFinite(at[0]))
                throw TooLarge(source, rows[r]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeCategories<T>(FeatureColumn feature, int index, ReadOnlySpan<int> rows, Span<T> inputs, Form form, UnknownCategories? unknown)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Column source = _sources[index];
        int[]? inputOfCode = _inputOfCode[index];
        for (int r = 0; r < rows.Length; r++)
        {
            int row = rows[r];
            Span<T> at = inputs[(r * form.Width)..];
            if (source.IsMissing(row))
            {
                WriteMissing(feature, source, row, at, form);
                continue;
            }

            // A number column may stand for categories that are numbers as text.
            int input = inputOfCode is null ? feature.InputOf(source.TextAt(row)!) : inputOfCode[source.Codes[row]];
            if (form.IsCompact && feature.IsOneHot)
                at[0] = T.CreateTruncating(input);
            else if (input >= 0)
                at[input] = T.One;
            if (unknown is not null && (input < 0 || input == feature.Categories.Count) && feature.IsUnseen(source.TextAt(row)!, input))
                unknown.Add(feature.Name, source.TextAt(row)!, input >= 0);
        }
    }

    private void WriteMissing<T>(FeatureColumn feature, Column source, int row, Span<T> at, Form form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_encoding.Missing == MissingCells.Error)
            throw MissingCell(source, row);
        if (form.IsCompact)
            feature.WriteMissingCompact(at);
        else
            feature.WriteMissing(at);
    }

    internal static void CheckType(FeatureColumn feature, Column source, CellNotation notation)
    {
        if (feature.Type == ColumnType.Category || feature.Type == source.Type || source.Missing == source.Rows)
            return;
        bool isFlags = feature.Type == ColumnType.Boolean && source.Type == ColumnType.Number
            && source.Pieces().All(piece => !piece.Numbers.ContainsAnyExcept([0, 1, double.NaN]));
        if (!isFlags)
        {
            throw new PreparationException(
                $"Column \"{feature.Name}\" must hold {(feature.Type == ColumnType.Number ? "numbers" : "true and false")}, as in training; "
                    + $"this table's holds {Kind(source.Type)}{FirstUnfit(feature, source, source.IsNumeric ? CellNotation.Default : notation)}.",
                feature.Name);
        }
    }

    // Empty where each cell could be read as the model needs it, and was declared otherwise.
    private static string FirstUnfit(FeatureColumn feature, Column source, CellNotation notation)
    {
        for (int first = 0; first < source.Rows; first += RowWindow.Longest)
        {
            Column some = source.Slice(first, Math.Min(RowWindow.Longest, source.Rows - first)); // texts are not kept in memory for this
            for (int row = 0; row < some.Rows; row++)
            {
                if (some.TextAt(row) is { } text && !IsFit(text))
                    return $", such as {CellText.Quote(text)} {CellPlaces.At(CellPlaces.OfRow(some.FirstRow + row))}";
            }
        }

        return "";

        bool IsFit(string text) => notation.IsMissing(text, amongNumbers: true)
            || (feature.Type == ColumnType.Number ? notation.ToNumber(text, out _) == NumberKind.Number
                : notation.ToBoolean(CellText.Trim(Encoding.UTF8.GetBytes(text))) is not null);
    }

    private static string Kind(ColumnType type) => type switch
    {
        ColumnType.Number => "numbers",
        ColumnType.Boolean => "true and false",
        _ => "text",
    };

    /// <summary>What is written: numbers of a row, and whether a category is one of them.</summary>
    private readonly record struct Form(int Width, bool IsCompact);
}
