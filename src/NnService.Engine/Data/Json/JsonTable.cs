using System.Text.Json;
using System.Text.Unicode;
using NnService.Engine.Data.Csv;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Json;

/// <summary>Reads tables from JSON; columns come in the order of their first appearance, absent and null cells are missing.</summary>
public static class JsonTable
{
    // Deep nesting is refused as a cell; this only has to reach that cell.
    private static readonly JsonDocumentOptions s_document = new() { MaxDepth = 64 };

    /// <summary>Reads <c>{"rows": [{…}, …]}</c> or <c>{"columns": […], "rows": [[…], …]}</c> from UTF-8; other properties are passed over.</summary>
    /// <exception cref="TableFormatException">The text is not such a table; the problems carry JSON pointers.</exception>
    public static Table Read(ReadOnlyMemory<byte> utf8Json, TableReadOptions? options = null)
    {
        using JsonDocument document = Parse(ByteOrderMark.Skip(utf8Json), firstLine: 1, isLine: false, new ProblemList());
        return Read(document.RootElement, options);
    }

    private static Table Read(JsonElement body, TableReadOptions? options)
    {
        var problems = new ProblemList();
        var table = new JsonRows(options ?? TableReadOptions.Default, problems);
        if (body.ValueKind != JsonValueKind.Object)
            problems.Fail(new TableProblem(null, null, "The body must be an object with \"rows\".", "#"));
        if (!body.TryGetProperty("rows", out JsonElement rows) || rows.ValueKind != JsonValueKind.Array)
            problems.Fail(new TableProblem(null, null, "\"rows\" must be a list of rows.", "#/rows"));
        bool named = body.TryGetProperty("columns", out JsonElement columns) && columns.ValueKind != JsonValueKind.Null;
        if (named)
            AddColumns(columns, table, problems);
        foreach (JsonElement row in rows.EnumerateArray())
        {
            if (named)
                table.AddList(row);
            else
                table.AddObject(row, line: null);
        }

        return table.ToTable("#/rows");
    }

    /// <summary>Reads a table from lines of UTF-8 that hold one JSON object each; blank lines are passed over. Reads the stream once, line by line.</summary>
    /// <exception cref="TableFormatException">A line is not such an object; the problems name the lines.</exception>
    public static Table ReadNdjson(Stream utf8, TableReadOptions? options = null)
    {
        var problems = new ProblemList();
        var table = new JsonRows(options ?? TableReadOptions.Default, problems);
        var lines = new LineReader(utf8);
        while (lines.Read())
        {
            if (lines.TooLong)
                problems.Fail(new TableProblem(lines.Number, null, $"Line {lines.Number} is longer than {LineReader.MaxLineBytes:N0} bytes."));
            if (CellText.Trim(lines.Line.Span).IsEmpty)
                continue;
            using JsonDocument row = Parse(lines.Line, lines.Number, isLine: true, problems);
            table.AddObject(row.RootElement, lines.Number);
        }

        return table.ToTable(rowsPointer: null);
    }

    private static void AddColumns(JsonElement columns, JsonRows table, ProblemList problems)
    {
        if (columns.ValueKind != JsonValueKind.Array)
            problems.Fail(new TableProblem(null, null, "\"columns\" must be a list of names.", "#/columns"));
        int index = 0;
        foreach (JsonElement name in columns.EnumerateArray())
        {
            string pointer = $"#/columns/{index++}";
            if (name.ValueKind == JsonValueKind.String)
                table.AddColumn(name.GetString()!, line: null, pointer);
            else
                problems.Add(new TableProblem(null, null, "The name of a column must be a text.", pointer));
        }

        problems.ThrowIfAny();
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8Json, long firstLine, bool isLine, ProblemList problems)
    {
        if (!Utf8.IsValid(utf8Json.Span))
            problems.Fail(new TableProblem(firstLine, null, "The text is not valid UTF-8."));
        try
        {
            if (JsonUnicode.FirstBad(utf8Json.Span) is { } pointer)
                problems.Fail(new TableProblem(
                    isLine ? firstLine : null, null,
                    $"{(isLine ? $"Line {firstLine}: a" : "A")} text at {pointer} is not valid Unicode: it has half of a surrogate pair.",
                    isLine ? null : pointer));
            return JsonDocument.Parse(utf8Json, s_document);
        }
        catch (JsonException broken)
        {
            long line = firstLine + (broken.LineNumber ?? 0);
            problems.Fail(new TableProblem(line, null, $"Line {line}, byte {broken.BytePositionInLine + 1}: this is not JSON."));
            throw;
        }
    }
}
