using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>Counts the categories met while encoding that the training rows did not hold; not for use by two threads at once.</summary>
public sealed class UnknownCategories
{
    private const int MostValues = 20;

    private readonly Dictionary<(string Column, string Value, bool IsOther), int> _rows = [];
    private long _further;

    /// <summary>Whether none was met.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>A sentence for each of the first 20 distinct values, and one for the rest.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. _rows.Select(unknown => $"Column \"{Echo.Cut(unknown.Key.Column)}\": {CellText.Quote(unknown.Key.Value)} was not seen in training and is encoded "
            + $"{(unknown.Key.IsOther ? "like the rare ones, as (other)" : "as all zeros")}"
            + (unknown.Value == 1 ? "." : $" ({unknown.Value:N0} rows).")),
        .. _further == 0 ? [] : new[] { $"{_further:N0} more cells hold further categories not seen in training." },
    ];

    /// <summary>Notes one cell, and whether it is encoded as the input that rare categories share.</summary>
    public void Add(string column, string value, bool isOther)
    {
        if (_rows.TryGetValue((column, value, isOther), out int rows))
            _rows[(column, value, isOther)] = rows + 1;
        else if (_rows.Count < MostValues)
            _rows.Add((column, value, isOther), 1);
        else
            _further++;
    }
}
