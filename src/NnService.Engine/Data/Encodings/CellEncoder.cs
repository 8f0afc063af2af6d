using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>Encodes a single cell of a row to predict.</summary>
internal static class CellEncoder
{
    /// <summary>Writes the inputs of a cell into [column width] zeros; says what is wrong with the cell, or null.</summary>
    internal static string? Encode(
        FeatureColumn column, Cell cell, MissingCells missing, CellNotation notation, Span<double> inputs, UnknownCategories? unknown)
    {
        if (IsMissing(column, cell, notation))
        {
            if (missing == MissingCells.Error)
                return $"A value is missing; expected {Expected(column)}.";
            column.WriteMissing(inputs);
            return null;
        }

        if (cell.Kind == CellKind.Number && !double.IsFinite(cell.Number))
            return "Expected a finite number.";
        if (column.Dates is { } parts)
        {
            if (cell.Kind != CellKind.Text || !DatePart.TryRead(cell.Text!, out DateTime date))
                return $"Expected {Expected(column)}, not {Shown(cell)}.";
            for (int p = 0; p < parts.Count; p++)
                inputs[p] = parts[p].Scaled(date);
            return null;
        }

        if (column.Type == ColumnType.Category)
        {
            WriteCategory(column, WordOf(column, cell), inputs, unknown);
            return null;
        }

        double? value = column.Type == ColumnType.Boolean ? BooleanOf(cell, notation) : NumberOf(cell, notation);
        if (value is null)
            return $"Expected {Expected(column)}, not {Shown(cell)}{Advice(column, cell, notation)}.";
        if (column.IsBelowLogarithm(value.Value))
            return "Expected a number greater than -1: the column was trained with log1p.";
        inputs[0] = column.Scaled(value.Value);
        return double.IsFinite(inputs[0]) ? null : "The number is too large.";
    }

    // As in a dataset of the same source (CsvColumn, JsonColumn), but that a word which the training rows held is that word, whatever else it may stand for.
    // JSON has null, so that its texts are words in a column of words, unless somebody has said which of them are missing.
    private static bool IsMissing(FeatureColumn column, Cell cell, CellNotation notation) => cell.Kind switch
    {
        CellKind.Missing => true,
        CellKind.Number => column.Type != ColumnType.Boolean && notation.MissingNumber(cell.Number) >= 0 && !column.Knows(WordOf(column, cell)),
        CellKind.Text when column.Type == ColumnType.Number =>
            notation.IsMissing(cell.Text!, amongNumbers: true)
            || (cell.IsUntyped && notation.HasMissingNumbers && NumberOf(cell, notation) is { } number && notation.MissingNumber(number) >= 0),
        CellKind.Text when column.Type == ColumnType.Boolean => notation.IsMissing(cell.Text!, amongNumbers: !cell.IsUntyped),
        CellKind.Text when column.Dates is not null => notation.IsMissing(cell.Text!),
        CellKind.Text => (cell.IsUntyped || notation.Missing is not null) && notation.IsMissing(cell.Text!) && !column.Knows(cell.Text!),
        _ => false,
    };

    private static string Expected(FeatureColumn column) => column.Type switch
    {
        ColumnType.Number => "a number",
        ColumnType.Boolean => "true or false",
        _ when column.Dates is not null => "a date such as 2024-05-31",
        _ => "a category",
    };

    private static string Shown(Cell cell) =>
        cell.Kind != CellKind.Text ? TextOf(cell)
        : cell.IsUntyped ? CellText.Quote(cell.Text!)
        : $"the text {CellText.Quote(cell.Text!)}";

    // What makes the cell readable; empty where nothing is known to.
    private static string Advice(FeatureColumn column, Cell cell, CellNotation notation)
    {
        if (cell.Kind != CellKind.Text)
            return "";
        byte[] utf8 = Encoding.UTF8.GetBytes(cell.Text!);
        ReadOnlySpan<byte> trimmed = CellText.Trim(utf8);
        if (column.Type == ColumnType.Boolean)
            return !cell.IsUntyped && CellText.ToBoolean(trimmed) is not null ? "; send it without quotes" : "";
        NumberKind kind = cell.IsUntyped ? notation.ToNumber(trimmed, out _) : CellText.ToNumber(trimmed, out _);
        if (kind is NumberKind.TooLarge or NumberKind.Infinity)
            return ", which is not a finite number";
        if (kind == NumberKind.Number)
            return "; send the number without quotes";
        NumberLook look = NumberLook.Of(trimmed);
        return cell.IsUntyped ? look.Advice(notation) is { } advice ? $"; {advice}" : ""
            : look.Notations != 0 ? "; send a number as JSON writes it, with a decimal point and without quotes"
            : "";
    }

    private static void WriteCategory(FeatureColumn column, string category, Span<double> inputs, UnknownCategories? unknown)
    {
        int input = column.InputOf(category);
        if (input >= 0)
            inputs[input] = 1;
        if (unknown is not null && column.IsUnseen(category, input))
            unknown.Add(column.Name, category, input >= 0);
    }

    /// <summary>The category that a cell which is not missing stands for.</summary>
    internal static string TextOf(Cell cell) => cell.Kind switch
    {
        CellKind.Number => cell.Text ?? Column.TextOf(cell.Number + 0.0),
        CellKind.Boolean => Column.TextOf(cell.Number != 0),
        _ => cell.Text!,
    };

    // Models of tables that were read before such numbers kept their digits know them by their shortest text, which is none of digits where it has an exponent.
    private static string WordOf(FeatureColumn column, Cell cell)
    {
        string word = TextOf(cell);
        return cell is { Kind: CellKind.Number, Text: not null } && Column.TextOf(cell.Number) is var shortest && shortest.Contains('E') && !column.Knows(word)
            && column.Knows(shortest) ? shortest : word;
    }

    private static double? NumberOf(Cell cell, CellNotation notation)
    {
        if (cell.Kind == CellKind.Number)
            return cell.Number;
        return cell.IsUntyped && notation.ToNumber(cell.Text!, out double number) == NumberKind.Number ? number : null;
    }

    private static double? BooleanOf(Cell cell, CellNotation notation)
    {
        if (cell.Kind == CellKind.Boolean || (cell.Kind == CellKind.Number && cell.Number is 0 or 1))
            return cell.Number;
        if (!cell.IsUntyped)
            return null;
        byte[] utf8 = Encoding.UTF8.GetBytes(cell.Text!);
        return notation.ToBoolean(CellText.Trim(utf8)) is { } flag ? (flag ? 1 : 0) : null;
    }
}
