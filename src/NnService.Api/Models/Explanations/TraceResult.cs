using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Models.Explanations;

/// <summary>A trace in the form that <c>Accept</c> asks for.</summary>
internal static class TraceResult
{
    public static IResult Of(HttpRequest request, TracedModel traced, TraceRequest asked)
    {
        var form = Acceptable.Choose(request, "application/json", "text/plain", Latex.MediaType);
        var bytes = ModelExplanation.BytesOf(traced.Model)
            + traced.Model.Parts.Max(part => TraceSelection.BytesOf(part, asked, ModelTrace.LossOf(part, asked)));
        using var taken = request.HttpContext.RequestServices.GetRequiredService<MemoryBudget>()
            .Reserve(bytes, StatusCodes.Status409Conflict, ModelExplanation.TooLarge);
        if (ModelTrace.Run(traced, asked).IsRefused(out var refusal, out var trace))
            return refusal;
        return form switch
        {
            "text/plain" => TypedResults.Text(new TraceText(trace).Write(), "text/plain; charset=utf-8"),
            Latex.MediaType => TypedResults.Text(TraceLatex.Write(trace), $"{Latex.MediaType}; charset=utf-8"),
            _ => TypedResults.Ok(trace),
        };
    }
}
