using System.Text.Json;
using NnService.Api.Http;
using NnService.Api.Models.Predictions;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>Trials as CSV, with a column for each parameter.</summary>
internal sealed class TrialsCsv(IReadOnlyList<TrialResponse> trials, string name) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "text/csv; charset=utf-8";
        httpContext.Response.Headers.ContentDisposition = Attachment.Named($"{name}-trials.csv");
        var csv = new CsvWriter();
        string[] parameters = [.. trials.SelectMany(trial => trial.Parameters.Keys).Distinct()];
        foreach (var column in (string[])["number", "jobId", "state", "value", "epochs", .. parameters])
            csv.Cell(column);
        csv.EndRow();
        foreach (var trial in trials)
        {
            csv.Cell(trial.Number);
            csv.Cell(trial.JobId?.ToString() ?? "");
            csv.Cell(EnumNames<JobState>.Of(trial.State));
            csv.Cell(trial.Value);
            csv.Cell(trial.Epochs);
            foreach (var parameter in parameters)
                csv.Cell(trial.Parameters.TryGetValue(parameter, out var value) ? TextOf(value) : "");
            csv.EndRow();
        }

        return csv.SendAsync(httpContext);
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => CsvAnswer.WithoutFormula(value.GetString()!),
        _ => value.GetRawText(),
    };
}
