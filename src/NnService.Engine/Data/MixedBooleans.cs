using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>A column of words that are true and false in part, and 1 and 0 in part: a boolean column where it is declared one.</summary>
internal static class MixedBooleans
{
    private const int MostWords = 16; // in every case, with blanks around them

    /// <summary>A sentence without its subject; null where the column is none.</summary>
    internal static string? Describe(Column column, ColumnProfile profile, CellNotation notation)
    {
        if (column.IsNumeric || profile.Distinct is < 2 or > MostWords)
            return null;
        bool hasWord = false;
        bool hasNumber = false;
        foreach (string value in column.Categories)
        {
            bool isWord = CellText.ToBoolean(value) is not null;
            if (!isWord && notation.ToBoolean(CellText.Trim(Encoding.UTF8.GetBytes(value))) is null)
                return null;
            hasWord |= isWord;
            hasNumber |= !isWord;
        }

        return hasWord && hasNumber
            ? "holds true or false in some cells and 1 or 0 in others, which are read as words of their own. "
                + $"To have them as true and false, declare the column boolean: ?types={Uri.EscapeDataString(column.Name)}:boolean."
            : null;
    }
}
