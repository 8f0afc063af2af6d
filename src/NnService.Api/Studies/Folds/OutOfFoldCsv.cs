using NnService.Api.Http;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Studies.Folds;

/// <summary>Out-of-fold answers as CSV: a line for each row, counted from 0, and each repeat.</summary>
internal sealed class OutOfFoldCsv(OutOfFoldAnswers answers, int folds, string name) : IResult
{
    private const int BytesAtATime = 1 << 16;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var disposed = answers;
        httpContext.Response.ContentType = "text/csv; charset=utf-8";
        httpContext.Response.Headers.ContentDisposition = Attachment.Named($"{name}-out-of-fold.csv");
        var (csv, target) = (new CsvWriter(), answers.Target);
        foreach (var column in (string[])["row", "repeat", "fold", .. Columns("actual"), .. Columns("prediction"), .. Probabilities()])
            csv.Cell(column);
        csv.EndRow();
        Column[] columns = [.. target.Columns.Select(column => answers.Table.Find(column)!)];
        var lines = answers.Folds.SelectMany(fold => fold.Rows.Select((row, at) => (Row: row, fold.Trial, Fold: fold, At: at)))
            .OrderBy(line => line.Row).ThenBy(line => line.Trial);
        foreach (var (row, trial, fold, at) in lines)
        {
            csv.Cell(row);
            csv.Cell(trial / folds);
            csv.Cell(trial % folds);
            foreach (var column in columns)
                csv.Cell(CsvAnswer.WithoutFormula(column.TextAt(row) ?? ""));
            WriteAnswer(csv, fold.Values.AsSpan(at * answers.Outputs, answers.Outputs), fold.AreSingle);
            csv.EndRow();
            if (csv.Written.Length > BytesAtATime)
                await csv.SendAsync(httpContext);
        }

        await csv.SendAsync(httpContext);
    }

    private string[] Columns(string what) => answers.Target.Columns is [_] ? [what] : [.. answers.Target.Columns.Select(column => $"{what}_{column}")];

    private IEnumerable<string> Probabilities() => answers.Target.Task == TaskKind.Regression ? [] : answers.Target.Labels.Select(label => $"probability_{label}");

    private void WriteAnswer(CsvWriter csv, ReadOnlySpan<double> values, bool areSingle)
    {
        var target = answers.Target;
        if (target.Task == TaskKind.Regression)
        {
            foreach (var value in values)
                csv.Cell(value, areSingle);
            return;
        }

        Span<double> probabilities = new double[target.Labels.Count];
        if (values.Length == 1)
            (probabilities[target.PositiveIndex], probabilities[1 - target.PositiveIndex]) = (values[0], 1 - values[0]);
        else
            values.CopyTo(probabilities);
        csv.Cell(CsvAnswer.WithoutFormula(target.Labels[LabelRule.Of<double>(probabilities, target.PositiveIndex, LabelRule.EvenThreshold)]));
        foreach (var probability in probabilities)
            csv.Cell(probability, areSingle);
    }
}
