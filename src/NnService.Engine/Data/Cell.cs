using NnService.Engine.Data.Json;

namespace NnService.Engine.Data;

/// <summary>What a <see cref="Cell"/> holds.</summary>
public enum CellKind
{
    /// <summary>Nothing: null, or an empty text.</summary>
    Missing,

    /// <summary>A number.</summary>
    Number,

    /// <summary>False or true.</summary>
    Boolean,

    /// <summary>A text.</summary>
    Text,
}

/// <summary>One value of a row to predict; the default is a missing one.</summary>
public readonly struct Cell
{
    private Cell(CellKind kind, double number, string? text, bool isUntyped)
    {
        Kind = kind;
        Number = number;
        Text = text;
        IsUntyped = isUntyped;
    }

    /// <summary>What the cell holds.</summary>
    public CellKind Kind { get; }

    /// <summary>The number, or 0 and 1 for a boolean; 0 otherwise.</summary>
    public double Number { get; }

    /// <summary>The text, or the digits of a whole number beyond 2^53 of JSON; null for others.</summary>
    public string? Text { get; }

    /// <summary>Whether the text comes from a source that knows only text (CSV), so that it may stand for a number or a boolean.</summary>
    public bool IsUntyped { get; }

    /// <summary>A missing cell.</summary>
    public static Cell Missing => default;

    /// <summary>A number; NaN and infinities are refused when the row is encoded.</summary>
    public static Cell Of(double value) => new(CellKind.Number, value, null, false);

    /// <summary>A number of JSON as it was written.</summary>
    public static Cell OfJson(double value, ReadOnlySpan<byte> written) => new(CellKind.Number, value, LargeNumber.Digits(written, value), false);

    /// <summary>A boolean.</summary>
    public static Cell Of(bool value) => new(CellKind.Boolean, value ? 1 : 0, null, false);

    /// <summary>A text; an empty one makes a missing cell, and others may when the row is encoded: that depends on the column.</summary>
    public static Cell Of(string text) => text.AsSpan().Trim(" \t").IsEmpty ? default : new(CellKind.Text, 0, text, false);

    /// <summary>A text of a CSV file, which may stand for a number, a boolean or a missing cell.</summary>
    public static Cell OfCsv(string text) => text.AsSpan().Trim(" \t").IsEmpty ? default : new(CellKind.Text, 0, text, true);
}
