using System.Text;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Scoring;

/// <summary>
/// Whether a CSV begins with names: MLflow's clients send them, SageMaker's never do, at the same door. A first row that names no column the model knows and
/// is itself a row for the model is one.
/// </summary>
internal static class CsvHeaderSearch
{
    private const string Parameter = "header";

    /// <summary>The rows of a CSV, by its names or by position. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="description">The model.</param>
    /// <param name="request">The request, whose body can seek.</param>
    /// <param name="withCells">Whether the answer repeats the cells, where they have names.</param>
    public static CsvBatches RowsOf(ModelDescription description, HttpRequest request, bool withCells)
    {
        var reading = ReadingOptions.OfScoring(request, description.Features.Notation);
        var isNameless = !reading.HasHeader
            || (!request.Query.ContainsKey(Parameter) && ReadingOptions.HeaderInType(request) is null && IsRow(description, request.Body, reading));
        request.Body.Position = 0;
        return new CsvBatches(description, request.Body, reading with { HasHeader = !isNameless }, UnknownColumns.Refuse, withCells, takesPositions: true);
    }

    private static bool IsRow(ModelDescription description, Stream csv, TableReadOptions reading)
    {
        var features = description.Features;
        try
        {
            var rows = new CsvRowReader(csv, reading with { HasHeader = false });
            if (rows.Columns.Count != features.Columns.Count || !rows.Read())
                return false;
            string[] cells = [.. Enumerable.Range(0, rows.Columns.Count).Select(column => Encoding.UTF8.GetString(rows.Cell(column)))];
            if (cells.Any(cell => RowColumns.Knows(description, cell.Trim())))
                return false;
            var unknown = new UnknownCategories();
            Cell[] row = [.. cells.Select(cell => cell.Length == 0 ? Cell.Missing : Cell.OfCsv(cell))];
            return (features with { Notation = reading.Notation }).Encode(row, new double[features.Width], new string?[row.Length], unknown)
                && (unknown.IsEmpty || features.Columns.Any(column => column.Type == ColumnType.Number)); // words that nobody knows may be names of columns
        }
        catch (TableFormatException)
        {
            return false; // whoever reads the rows says what is wrong
        }
    }
}
