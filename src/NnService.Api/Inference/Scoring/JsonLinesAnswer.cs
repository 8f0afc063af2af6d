using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference.Scoring;

/// <summary>A line of JSON for each row: a number, or an object where the prediction is more than that.</summary>
/// <param name="contentType">What the caller calls it.</param>
internal sealed class JsonLinesAnswer(string contentType) : AnswerForm
{
    public override string ContentType => contentType;

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        for (var row = 0; row < predictions.Rows; row++)
        {
            BareAnswer.WriteRow(answer.Json, predictions, row);
            answer.Write("\n"u8);
            answer.Json.Reset(); // the next line is a document of its own
        }
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings) => WarningsHeader.Set(answer, warnings);
}
