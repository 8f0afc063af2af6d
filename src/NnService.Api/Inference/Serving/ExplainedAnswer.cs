using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Inference.Scoring;
using NnService.Api.Models.Explanations;
using NnService.Api.Models.Predictions;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of KServe's <c>:explain</c>: <c>{"predictions": […], "explanations": […]}</c>. Each row is explained when its explanation is to be
/// written: those of many rows of many columns would be gigabytes.</summary>
/// <param name="explanation">Explains them.</param>
/// <param name="rows">The rows.</param>
/// <param name="left">Whether the caller has gone.</param>
internal sealed class ExplainedAnswer(ModelExplanation explanation, IReadOnlyList<JsonElement> rows, CancellationToken left) : BareAnswer
{
    protected override void WriteMore(AnswerWriter answer)
    {
        answer.Json.WriteStartArray("explanations");
        for (var i = 0; i < rows.Count; i++)
        {
            left.ThrowIfCancellationRequested();
            if (explanation.Run(new ExplainRequest { Row = rows[i] }).IsRefused(out var refusal, out var explained))
                throw new ProblemException(refusal.Problem);
            JsonSerializer.Serialize(answer.Json, explained, SpecJson.Options);
            answer.EndPiece();
            PredictionAnswers.RefuseTooLong(answer.Length, i + 1, rows.Count, answer.Free);
        }

        answer.Json.WriteEndArray();
    }
}
