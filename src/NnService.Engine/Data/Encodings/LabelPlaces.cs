using System.Runtime.InteropServices;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>The place of a cell's label in a list of labels; each distinct value of the column is looked up once.</summary>
internal sealed class LabelPlaces
{
    private readonly Column _column;
    private readonly bool _areBooleans; // a number column's 1 and 0 then stand for them
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly int[] _placeOfCode;
    private readonly Dictionary<long, int> _placeOfNumber = []; // by its bits

    internal LabelPlaces(Column column, IReadOnlyList<string> labels)
    {
        _column = column;
        _areBooleans = labels.All(label => label is "true" or "false");
        for (int i = 0; i < labels.Count; i++)
            _places.Add(labels[i], i);
        _placeOfCode = [.. column.Categories.Select(PlaceOf)];
    }

    /// <summary>The place; -1 where the list does not have the label. The cell must not be missing.</summary>
    internal int Of(int row)
    {
        if (!_column.IsNumeric)
            return _placeOfCode[_column.Codes[row]];
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_placeOfNumber, BitConverter.DoubleToInt64Bits(_column.Numbers[row]), out bool isKnown);
        if (!isKnown)
            place = PlaceOf(_areBooleans && _column.Numbers[row] is 0 or 1 ? _column.Numbers[row] == 1 ? "true" : "false" : _column.TextAt(row)!);
        return place;
    }

    private int PlaceOf(string label) => _places.GetValueOrDefault(label, -1);
}
