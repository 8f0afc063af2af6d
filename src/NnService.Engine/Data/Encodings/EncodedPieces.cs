namespace NnService.Engine.Data.Encodings;

/// <summary>Takes some encoded rows.</summary>
/// <param name="inputs">[rows, width of the features]</param>
/// <param name="start">How many of the rows that were asked for come before these.</param>
/// <param name="rows">Number of rows.</param>
public delegate void TakeEncodedRows(ReadOnlySpan<double> inputs, int start, int rows);

/// <summary>Rows of a table as a model takes them, piece by piece: neither the table nor what it is encoded to ever stands in memory as a whole.</summary>
public static class EncodedPieces
{
    private const int BytesAtATime = 8 << 20;
    private const int MostRows = 2048;
    private const int ComputedTogether = 256; // by a model, where there are as many
    private const int FewestRows = 32; // of thousands of inputs: enough for the products, and memory that is not new for every piece

    /// <summary>Rows of so many inputs that are handed over at a time.</summary>
    internal static int RowsAtATime(int width)
    {
        var rows = BytesAtATime / sizeof(double) / width;
        var step = rows < ComputedTogether ? FewestRows : ComputedTogether;
        return Math.Clamp(rows / step * step, FewestRows, MostRows);
    }

    /// <summary>Encodes rows and hands them over. Errors: <see cref="PreparationException"/>.</summary>
    /// <param name="features">The encoding.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows of it in ascending order.</param>
    /// <param name="take">Called for one piece after the other.</param>
    /// <param name="unknown">Receives categories that the training did not know; null: nobody wants them.</param>
    public static void Visit(FeatureEncoding features, Table table, ReadOnlyMemory<int> rows, TakeEncodedRows take, UnknownCategories? unknown = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(take);
        int most = Math.Min(rows.Length, RowsAtATime(features.Width));
        double[] room = new double[most * features.Width];
        TableEncoder? encoder = null;
        foreach (var piece in table.Only(features.Columns.Select(column => column.Name)).Pieces(rows))
        {
            encoder = features.Bind(piece.Slice, encoder);
            for (int start = 0; start < piece.Rows.Length; start += most)
            {
                ReadOnlySpan<int> some = piece.Rows.AsSpan(start, Math.Min(most, piece.Rows.Length - start));
                Span<double> inputs = room.AsSpan(0, some.Length * features.Width);
                encoder.Encode(some, inputs, unknown);
                take(inputs, piece.Start + start, some.Length);
            }
        }
    }
}
