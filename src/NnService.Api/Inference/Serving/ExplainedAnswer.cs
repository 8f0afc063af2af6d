using System.Text.Json;
using NnService.Api.Inference.Scoring;
using NnService.Api.Models.Explanations;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of KServe's <c>:explain</c>: <c>{"predictions": […], "explanations": […]}</c>.</summary>
/// <param name="explanations">One for each row.</param>
internal sealed class ExplainedAnswer(IReadOnlyList<ExplainResponse> explanations) : BareAnswer
{
    protected override void WriteMore(Utf8JsonWriter json)
    {
        json.WritePropertyName("explanations");
        JsonSerializer.Serialize(json, explanations, SpecJson.Options);
    }
}
