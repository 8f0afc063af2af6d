using System.Text.Json;
using NnService.Api.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>Writes a page of jobs with the members that were asked for, one job at a time.</summary>
internal sealed class JobFieldsResult(Database database, JobList list, JobFields fields) : IResult
{
    private const int BytesAtATime = 1 << 16;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var db = database.Read();
        var body = httpContext.Response.BodyWriter;
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
        json.WriteStartObject();
        json.WriteStartArray("items");
        var sent = 0L;
        foreach (var job in fields.NeedConfigurations || fields.NeedTables ? list.Whole(db, fields.NeedConfigurations) : list.Summaries(db))
        {
            fields.Of(job).WriteTo(json, SpecJson.Options);
            if (json.BytesCommitted + json.BytesPending - sent <= BytesAtATime)
                continue;
            await json.FlushAsync(httpContext.RequestAborted);
            sent = json.BytesCommitted;
        }

        json.WriteEndArray();
        json.WriteString("nextCursor", list.Next);
        json.WriteEndObject();
    }
}
