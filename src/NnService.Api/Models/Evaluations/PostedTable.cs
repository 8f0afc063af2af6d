using System.Globalization;
using System.Security.Cryptography;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;

namespace NnService.Api.Models.Evaluations;

/// <summary>Reads the CSV of a request as a table to measure a model on: with the columns' types from the model, and by column through a file, so that it
/// may be larger than memory.</summary>
internal sealed class PostedTable(DatasetTables tables, MemoryBudget memory)
{
    /// <summary>The rows. Errors: <see cref="ProblemException"/> where the CSV cannot be read, or its columns are not the model's.</summary>
    /// <param name="description">The model.</param>
    /// <param name="targets">The columns that hold the truth.</param>
    /// <param name="request">The request, whose body is there and can seek.</param>
    public EvaluatedRows Read(ModelDescription description, IReadOnlyList<string> targets, HttpRequest request)
    {
        var csv = request.Body;
        var reading = ReadingOptions.OfScoring(request, description.Features.Notation);
        var types = TypesOf(description, targets, ColumnsOf(description, targets, csv, reading, RequestRows.Unknown(request)));
        csv.Position = 0;
        var hash = Convert.ToHexStringLower(SHA256.HashData(csv));
        csv.Position = 0;
        using var taken = memory.Reserve(
            DatasetTables.BytesWhileReading(csv.Length, memory.Total), StatusCodes.Status413PayloadTooLarge, LongAnswers.SendLess);
        return new EvaluatedRows(null, hash, TableRefusal.Guard(() => tables.ReadOnce(csv, reading with { Types = types })));
    }

    private static IReadOnlyList<string> ColumnsOf(
        ModelDescription description, IReadOnlyList<string> targets, Stream csv, TableReadOptions reading, UnknownColumns unknown)
    {
        var header = TableRefusal.Guard(() => Open(csv, reading, targets));
        int[] others = [.. Enumerable.Range(0, header.Columns.Count).Where(column => !targets.Contains(header.Columns[column]))];
        RowColumns.PositionsOf(
            description, [.. others.Select(column => header.Columns[column])], unknown, column => reading.HasHeader && header.IsMade(others[column]));
        return header.Columns;
    }

    private static CsvRowReader Open(Stream csv, TableReadOptions reading, IReadOnlyList<string> targets)
    {
        var rows = new CsvRowReader(csv, reading);
        if (!reading.HasHeader && targets.FirstOrDefault(target => !rows.Columns.Contains(target)) is { } nameless)
            throw new TableFormatException([new TableProblem(
                null, null, $"A CSV to measure on needs the names of its columns: without a header nothing says which one is \"{nameless}\".", "#/header")]);
        return rows;
    }

    // As the model has them: 007 stays a word where it was one, and a cell that is no number is named with its line.
    private static Dictionary<string, ColumnType> TypesOf(ModelDescription description, IReadOnlyList<string> targets, IReadOnlyList<string> columns)
    {
        var types = description.Features.Columns.ToDictionary(column => column.Name, column => column.Type, StringComparer.Ordinal);
        if (TypeOf(description.Target.Labels) is { } type)
            foreach (var target in targets.Where(columns.Contains))
                types[target] = type;
        return types;
    }

    // Null: as it is found.
    private static ColumnType? TypeOf(IReadOnlyList<string> labels) =>
        labels.Count == 0 ? null
        : labels.All(label => label is "true" or "false") ? ColumnType.Boolean
        : labels.All(IsNumber) ? null
        : ColumnType.Category;

    // A label of a column of numbers: 1.0 and 1 are the same one.
    private static bool IsNumber(string label) => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number.ToString("R", CultureInfo.InvariantCulture) == label;
}
