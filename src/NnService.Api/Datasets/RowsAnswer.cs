using System.Net.Mime;
using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Rows of a table as JSON (<see cref="DatasetRows"/>), written as they are read: as objects they would take fifty times a cell's eight bytes.</summary>
/// <param name="table">The table.</param>
/// <param name="first">The first row.</param>
/// <param name="count">Number of rows.</param>
internal sealed class RowsAnswer(Table table, int first, int count) : IResult
{
    private const int RowsAtOnce = 128;
    private const int TextsAtOnce = 16; // each may have a megabyte
    private const int BytesAtATime = 1 << 16;

    private static readonly JsonWriterOptions s_options = new() { Encoder = SpecJson.Options.Encoder };

    private readonly Column[] _some = new Column[table.Columns.Count]; // of each column some rows

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = $"{MediaTypeNames.Application.Json}; charset=utf-8";
        using var json = new Utf8JsonWriter(httpContext.Response.Body, s_options);
        json.WriteStartObject();
        json.WriteStartArray("columns");
        foreach (var column in table.Columns)
            json.WriteStringValue(column.Name);
        json.WriteEndArray();
        json.WriteStartArray("rows");
        for (var row = 0; row < count; row++)
        {
            if (row % TextsAtOnce == 0)
                Read(row, httpContext.RequestAborted);
            WriteRow(json, row);
        }

        json.WriteEndArray();
        json.WriteNumber("total", table.Rows);
        json.WriteEndObject();
        return Task.CompletedTask;
    }

    private void Read(int row, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        for (var i = 0; i < _some.Length; i++)
        {
            var column = table.Columns[i];
            if (column.IsNumeric && row % RowsAtOnce == 0)
                _some[i] = column.Slice(first + row, Math.Min(RowsAtOnce, count - row));
            else if (!column.IsNumeric)
                _some[i] = column.Slice(first + row, Math.Min(TextsAtOnce, count - row));
        }
    }

    private void WriteRow(Utf8JsonWriter json, int row)
    {
        json.WriteStartArray();
        foreach (var column in _some)
        {
            Write(json, column, row % (column.IsNumeric ? RowsAtOnce : TextsAtOnce));
            if (json.BytesPending > BytesAtATime)
                json.Flush();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Column column, int row)
    {
        if (column.IsMissing(row))
            json.WriteNullValue();
        else if (column.Type == ColumnType.Number)
            json.WriteNumberValue(column.Numbers[row]);
        else if (column.Type == ColumnType.Boolean)
            json.WriteBooleanValue(column.Numbers[row] != 0);
        else
            json.WriteStringValue(column.TextAt(row));
    }
}
