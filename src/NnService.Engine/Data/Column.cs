using System.Globalization;

namespace NnService.Engine.Data;

/// <summary>One named, typed column of a table; immutable.</summary>
public sealed class Column
{
    private readonly double[] _numbers = [];
    private readonly int[] _codes = [];

    private Column(string name, ColumnType type, double[] numbers)
    {
        Name = name;
        Type = type;
        Rows = numbers.Length;
        _numbers = numbers;
        Categories = [];
        IsInteger = type == ColumnType.Number;
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                Missing++;
            else if (number != Math.Floor(number))
                IsInteger = false;
        }

        IsInteger &= Missing < Rows;
    }

    private Column(string name, ColumnType type, int[] codes, IReadOnlyList<string> categories)
    {
        Name = name;
        Type = type;
        Rows = codes.Length;
        _codes = codes;
        Categories = categories;
        Missing = codes.AsSpan().Count(-1);
    }

    /// <summary>The column's name, unique in its table.</summary>
    public string Name { get; }

    /// <summary>What the cells are.</summary>
    public ColumnType Type { get; }

    /// <summary>Number of cells, missing ones included.</summary>
    public int Rows { get; }

    /// <summary>Number of missing cells.</summary>
    public int Missing { get; }

    /// <summary>Whether this is a number column with at least one cell and every one of them is a whole number.</summary>
    public bool IsInteger { get; }

    /// <summary>[rows] numbers, or 0 and 1 of a boolean column; NaN where missing; empty for categories and text.</summary>
    public ReadOnlySpan<double> Numbers => _numbers;

    /// <summary>[rows] indexes into <see cref="Categories"/>; -1 where missing; empty for numbers and booleans.</summary>
    public ReadOnlySpan<int> Codes => _codes;

    /// <summary>The distinct values of a category or text column in ordinal order; empty for numbers and booleans.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>Whether the column holds numbers in <see cref="Numbers"/> (number, boolean) rather than codes (category, text).</summary>
    public bool IsNumeric => Type is ColumnType.Number or ColumnType.Boolean;

    /// <summary>A number column; NaN marks a missing cell. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">A value is infinite.</exception>
    public static Column OfNumbers(string name, double[] values)
    {
        if (Array.Exists(values, double.IsInfinity))
            throw new ArgumentException($"Column \"{name}\" holds an infinity.", nameof(values));
        return new Column(name, ColumnType.Number, values);
    }

    /// <summary>A boolean column of 0 and 1; NaN marks a missing cell. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">A value is neither 0, 1 nor NaN.</exception>
    public static Column OfBooleans(string name, double[] values)
    {
        if (Array.Exists(values, value => value is not (0 or 1 or double.NaN)))
            throw new ArgumentException($"Column \"{name}\" holds a value that is neither 0 nor 1.", nameof(values));
        return new Column(name, ColumnType.Boolean, values);
    }

    /// <summary>A category or text column from its cells; null marks a missing cell.</summary>
    public static Column OfTexts(string name, IReadOnlyList<string?> values, ColumnType type = ColumnType.Category)
    {
        string[] categories = [.. values.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var codes = new int[values.Count];
        for (int row = 0; row < codes.Length; row++)
            codes[row] = values[row] is { } value ? Array.BinarySearch(categories, value, StringComparer.Ordinal) : -1;
        return OfCodes(name, type, codes, categories);
    }

    /// <summary>A category or text column from codes into <paramref name="categories"/>, which must be distinct and in ordinal order; the array is kept.</summary>
    /// <exception cref="ArgumentException">The type holds no codes, the categories are out of order, or a code is out of range.</exception>
    public static Column OfCodes(string name, ColumnType type, int[] codes, IReadOnlyList<string> categories)
    {
        if (type is not (ColumnType.Category or ColumnType.Text))
            throw new ArgumentException($"A {type} column has no codes.", nameof(type));
        for (int i = 1; i < categories.Count; i++)
        {
            if (string.CompareOrdinal(categories[i - 1], categories[i]) >= 0)
                throw new ArgumentException($"The categories of column \"{name}\" are not distinct and in ordinal order.", nameof(categories));
        }

        if (codes.AsSpan().ContainsAnyExceptInRange(-1, categories.Count - 1))
            throw new ArgumentException($"A code of column \"{name}\" is out of range.", nameof(codes));
        return new Column(name, type, codes, categories);
    }

    /// <summary>Whether the cell of a row is missing.</summary>
    public bool IsMissing(int row) => IsNumeric ? double.IsNaN(_numbers[row]) : _codes[row] < 0;

    /// <summary>The cell of a row as text: the category, <c>false</c>/<c>true</c>, or the number in its shortest invariant form; null where missing.</summary>
    public string? TextAt(int row)
    {
        if (IsMissing(row))
            return null;
        return Type switch
        {
            ColumnType.Number => TextOf(_numbers[row]),
            ColumnType.Boolean => TextOf(_numbers[row] != 0),
            _ => Categories[_codes[row]],
        };
    }

    /// <summary>A number in its shortest invariant form, as labels and categories write it.</summary>
    internal static string TextOf(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A boolean as labels and categories write it.</summary>
    internal static string TextOf(bool value) => value ? "true" : "false";
}
