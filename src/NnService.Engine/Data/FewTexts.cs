using System.Text;

namespace NnService.Engine.Data;

/// <summary>The texts among the cells of a column that are not what the others are, while there are few different ones.</summary>
// One word over and over among numbers or dates stands for a missing cell: "." of SAS, "#DIV/0!" of a spreadsheet, "NaT" of pandas.
internal sealed class FewTexts
{
    private const int Most = 3;

    private readonly List<(string Text, int Cells)> _texts = [];
    private bool _areMany;

    /// <summary>Whether there are some, and few different ones.</summary>
    internal bool AreFew => _texts.Count > 0 && !_areMany;

    /// <summary>Counts cells of a text.</summary>
    internal void Add(ReadOnlySpan<byte> utf8, int cells)
    {
        if (!_areMany)
            Add(Encoding.UTF8.GetString(utf8), cells);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, int)"/>
    internal void Add(string text, int cells)
    {
        int at = _texts.FindIndex(known => known.Text == text);
        if (at >= 0)
            _texts[at] = (text, _texts[at].Cells + cells);
        else if (_texts.Count < Most)
            _texts.Add((text, cells));
        else
            _areMany = true;
    }

    /// <summary>Such as <c>"." (20)</c>.</summary>
    public override string ToString() => string.Join(", ", _texts.Select(text => $"{CellText.Quote(text.Text)} ({text.Cells:N0})"));
}
