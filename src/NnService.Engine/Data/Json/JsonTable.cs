using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Json;

/// <summary>Reads tables from JSON; columns come in the order of their first appearance, absent and null cells are missing.</summary>
public static class JsonTable
{
    // Nesting is refused as a cell; this only has to reach that cell, and what is nested deeper is refused by itself.
    private static readonly JsonDocumentOptions s_document = new() { MaxDepth = 64 };

    private const int MostNamed = 5;
    private const string AroundRows = " It is a list: write {\"rows\": before it and } behind it.";
    private const string Forms = "A table is {\"rows\": [{\"height\": 63}, …]}, or {\"columns\": [\"height\"], \"rows\": [[63], …]}; "
        + "pandas writes such rows by to_json(orient=\"records\").";

    /// <summary>Reads <c>{"rows": [{…}, …]}</c> or <c>{"columns": […], "rows": [[…], …]}</c> from UTF-8; other properties are passed over.</summary>
    /// <exception cref="TableFormatException">The text is not such a table; the problems carry JSON pointers.</exception>
    public static Table Read(ReadOnlyMemory<byte> utf8Json, TableReadOptions? options = null)
    {
        using JsonDocument document = Parse(ByteOrderMark.Skip(utf8Json), firstLine: 1, isLine: false, new ProblemList());
        return Read(document.RootElement, utf8Json.Length, options);
    }

    private static Table Read(JsonElement body, int bytes, TableReadOptions? options)
    {
        var problems = new ProblemList();
        var table = new JsonRows(options ?? TableReadOptions.Default, problems) { Bytes = bytes };
        if (body.ValueKind != JsonValueKind.Object)
            problems.Fail(new TableProblem(
                null, null, $"The body must be an object with \"rows\".{(body.ValueKind == JsonValueKind.Array ? AroundRows : "")}", "#"));
        if (!body.TryGetProperty("rows", out JsonElement rows) && body.EnumerateObject().Any())
            problems.Fail(new TableProblem(null, null, $"{NoRows(body)} {Forms}", "#/rows"));
        if (rows.ValueKind != JsonValueKind.Array)
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
        var table = new JsonRows(options ?? TableReadOptions.Default, problems) { Bytes = utf8.CanSeek ? utf8.Length : 0 };
        var lines = new LineReader(utf8);
        while (lines.Read())
        {
            if (lines.TooLong)
                problems.Fail(new TableProblem(lines.Number, null, $"Line {lines.Number} is longer than {LineReader.MaxLineBytes:N0} bytes."));
            if (CellText.Trim(lines.Line.Span).IsEmpty)
                continue;
            if (!utf8.CanSeek)
                table.Bytes += lines.Line.Length;
            using JsonDocument row = Parse(lines.Line, lines.Number, isLine: true, problems);
            table.AddObject(row.RootElement, lines.Number);
        }

        return table.ToTable(rowsPointer: null);
    }

    private static string NoRows(JsonElement body)
    {
        string[] names = [.. body.EnumerateObject().Select(property => CellText.Quote(property.Name)).Take(MostNamed + 1)];
        return $"The body has no \"rows\"; it has {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? " …" : "")}.";
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
        string? whole = isLine ? null : "#"; // a line is no document that one could point into
        if (!Utf8.IsValid(utf8Json.Span))
            problems.Fail(ByteOrderMark.OtherEncoding(utf8Json.Span) is { } encoding
                ? new TableProblem(firstLine, null, $"The text is {encoding}; send it as UTF-8.", whole)
                : NotUtf8(utf8Json.Span, firstLine, whole));
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
            problems.Fail(new TableProblem(
                line, null, $"Line {line}, byte {broken.BytePositionInLine + 1}: {Mistake(utf8Json.Span, broken, isLine)}", whole));
            throw;
        }
    }

    // The first byte that belongs to no character, counted as the reader counts.
    private static TableProblem NotUtf8(ReadOnlySpan<byte> text, long firstLine, string? pointer)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        ReadOnlySpan<byte> before = text[..at];
        long line = firstLine + before.Count((byte)'\n');
        return new TableProblem(line, null, $"Line {line}, byte {at - before.LastIndexOf((byte)'\n')}: {TextValues.NotUtf8}", pointer);
    }

    private static string Mistake(ReadOnlySpan<byte> text, JsonException broken, bool isLine) =>
        broken.Message.Contains("The maximum configured depth", StringComparison.Ordinal)
            ? $"this is nested more than {s_document.MaxDepth} levels deep; a cell is a number, a text, true, false or null."
            : $"this is not JSON.{Hint(text, broken, isLine)}";

    // What programs write that is nearly JSON.
    private static string Hint(ReadOnlySpan<byte> text, JsonException broken, bool isLine)
    {
        for (long line = broken.LineNumber ?? 0; line > 0; line--)
            text = text[(text.IndexOf((byte)'\n') + 1)..];
        text = text[(int)Math.Min(broken.BytePositionInLine ?? 0, text.Length)..].TrimStart((byte)'-');
        if (text.StartsWith("NaN"u8) || text.StartsWith("Infinity"u8))
            return " NaN and Infinity are no JSON; a missing number is null.";
        if (isLine)
            return text.IsEmpty
                ? " Each line is one whole object; a list, or rows over several lines, goes as application/json in {\"rows\": […]}."
                : "";
        return broken.Message.Contains("after a single JSON value", StringComparison.Ordinal)
            ? " Rows that follow one another, each on its line, go as application/x-ndjson."
            : "";
    }
}
