using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Models.Explanations;

/// <summary>The glass box: traces, formulas and explanations of models.</summary>
internal static class ExplainEndpoints
{
    public const string TraceHelp =
        "For one row and target: every neuron's inputs, weighted terms, sum, activation and derivative; the loss; "
            + "for every parameter the chain rule factor by factor, "
        + "the central difference beside it, and its value after one step of gradient descent. As JSON, text/plain or text/x-latex: `Accept` chooses. "
        + "Above 10,000 parameters, or 1,000 classes of a softmax, it must name a `layer`, and in a large one a `neuron`.";

    private const string FormulaHelp = "From raw columns to the answer, up to 500 parameters. As text/plain, text/x-latex or JSON with both: `Accept` chooses.";

    private const string ExplainHelp =
        "Integrated gradients (Sundararajan, Taly and Yan 2017) by column; one-hot parts are added up. The parts make up the difference between the row's "
            + "answer and the baseline's, "
        + "but for the stated completenessError.";

    public static void MapExplanations(this IEndpointRouteBuilder models)
    {
        VersionedRoutes.MapVersioned(
                path => models.MapPost($"{path}/trace", Trace).RequireScope(Scope.Predict),
                "Take the latest version apart for one row", "Take a version apart for one row", TraceHelp, "traceModel")
            .TakesJson<TraceRequest>(ModelExamples.Trace).TakesLong().ReturnsTrace().Refuses(400, 404, 406, 409, 415, 429);
        VersionedRoutes.MapVersioned(
                path => models.MapGet($"{path}/formula", WriteFormula).RequireScope(Scope.Read),
                "Write the latest version as a formula", "Write a version as a formula", FormulaHelp, "getModelFormula")
            .Returns<FormulaResponse>(200, "text/plain", "application/json", Latex.MediaType).TakesLong().Refuses(400, 404, 406, 429);
        VersionedRoutes.MapVersioned(
                path => models.MapPost($"{path}/explain", Explain).RequireScope(Scope.Predict),
                "Explain a prediction of the latest version", "Explain a prediction of a version", ExplainHelp, "explainModel")
            .TakesJson<ExplainRequest>(ModelExamples.Explain).TakesLong().Returns<ExplainResponse>(200).Refuses(400, 404, 409, 415, 429);
    }

    public static RouteHandlerBuilder ReturnsTrace(this RouteHandlerBuilder endpoint) =>
        endpoint.Returns<TraceResponse>(200, "application/json", "text/plain", Latex.MediaType);

    private static Task<IResult> Trace(ModelPath path, Body<TraceRequest> body, HttpRequest request) =>
        path.AnswerAsync(loaded => TraceResult.Of(request, TracedModel.Of(loaded), body.Value));

    private static Task<IResult> WriteFormula(ModelPath path, HttpRequest request) => path.AnswerAsync(loaded => FormulaResult.Of(request, loaded));

    private static Task<IResult> Explain(ModelPath path, Body<ExplainRequest> body, MemoryBudget memory) =>
        path.AnswerAsync(loaded => new ModelExplanation(loaded, memory).Run(body.Value).Answer(TypedResults.Ok));
}
