using System.Globalization;
using System.Text;
using System.Text.Json;
using NnService.Api.Http;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>A line of CSV for each row: its columns as they came, where they came as columns, and the prediction's behind them; of rows without names the
/// prediction alone.</summary>
internal sealed class CsvAnswer : AnswerForm
{
    private const int BytesAtATime = 1 << 16;

    private readonly CsvWriter _csv = new();
    private byte[][] _labels = [];

    public override string ContentType => "text/csv; charset=utf-8";

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        _labels = [.. predictions.Target.Labels.Select(label => Encoding.UTF8.GetBytes(WithoutFormula(label)))];
        answer.Headers.ContentDisposition = Attachment.Named($"{predictions.Loaded.Name}-{predictions.Loaded.Version}-predictions.csv");
        if (rows.IsNameless)
            return;
        var taken = new HashSet<string>(rows.ColumnNames, StringComparer.Ordinal);
        foreach (var name in rows.ColumnNames.Concat(ColumnsOf(predictions).Select(name => Free(name, taken))))
            _csv.Cell(name);
        _csv.EndRow();
        Pass(answer);
    }

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        for (var row = 0; row < predictions.Rows; row++)
        {
            if (rows.HasColumns)
                _csv.Cells(rows.CellsOf(row));
            WriteCells(predictions, row);
            _csv.EndRow();
            if (_csv.Written.Length > BytesAtATime)
                Pass(answer);
        }

        Pass(answer);
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings) => WarningsHeader.Set(answer, warnings);

    private static string[] ColumnsOf(Predictor predictions)
    {
        if (predictions.Target.Task != TaskKind.Regression)
        {
            string[] probabilities = [.. predictions.Target.Labels.Select(label => $"probability_{label}")];
            return predictions.HasIntervals ? ["prediction", .. probabilities, "prediction_set"] : ["prediction", .. probabilities];
        }

        string[] values = predictions.Outputs == 1 ? ["prediction"] : [.. predictions.Target.Columns.Select(column => $"prediction_{column}")];
        return predictions.HasIntervals ? [.. values, .. values.SelectMany(value => (string[])[$"{value}_low", $"{value}_high"])] : values;
    }

    // A table may have a column "prediction" already, be it of an answer before this one.
    private static string Free(string name, HashSet<string> taken)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
            free = $"{name}_{number}";
        return free;
    }

    // Whoever trained the model has chosen its labels, and whoever uploaded a table its cells; somebody else opens the answer in a spreadsheet, which would run
    // this one (CSV injection). The cells that came with the rows are the caller's own, and go back as they came.
    public static string WithoutFormula(string label) =>
        label.Length > 1 && label[0] is '=' or '+' or '-' or '@' or '\t' or '\r' && !double.TryParse(label, CultureInfo.InvariantCulture, out _) ? $"'{label}" : label;

    private void Pass(AnswerWriter answer)
    {
        answer.Write(_csv.Written);
        _csv.Clear();
    }

    private void WriteCells(Predictor predictions, int row)
    {
        if (predictions.Target.Task == TaskKind.Regression)
        {
            for (var target = 0; target < predictions.Outputs; target++)
                _csv.Cell(predictions.ValueOf(row, target), predictions.AreSingle);
            for (var target = 0; target < predictions.Outputs && predictions.HasIntervals; target++)
            {
                var (low, high) = predictions.IntervalOf(row, target);
                _csv.Cell(low, predictions.AreSingle);
                _csv.Cell(high, predictions.AreSingle);
            }

            return;
        }

        _csv.Cell(_labels[predictions.LabelOf(row)]);
        for (var label = 0; label < predictions.Target.Labels.Count; label++)
            _csv.Cell(predictions.ProbabilityOf(row, label), predictions.AreSingle);
        if (predictions.HasIntervals)
            _csv.Cell(SetOf(predictions, row));
    }

    // As JSON, whatever letters the labels have: ["F","M"].
    private static string SetOf(Predictor predictions, int row) => JsonSerializer.Serialize(
        predictions.Target.Labels.Where((_, label) => predictions.IsInSet(row, label)), SpecJson.Options);
}
