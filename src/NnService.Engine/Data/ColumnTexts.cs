using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>Goes over what a column of words holds.</summary>
internal static class ColumnTexts
{
    /// <summary>Shows each different value; in a column of mostly different texts each cell.</summary>
    internal static void Each(Column column, Action<string> look)
    {
        if (column is { IsLoaded: false, Stored: { Blocks.HasTexts: true } cells })
        {
            cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (utf8, isMissing) =>
            {
                if (!isMissing)
                    look(Encoding.UTF8.GetString(utf8));
            });
            return;
        }

        foreach (string value in column.Categories)
            look(value);
    }
}
