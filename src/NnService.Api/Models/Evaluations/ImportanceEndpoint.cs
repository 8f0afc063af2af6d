using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Models.Evaluations;

/// <summary>How much a model leans on each column.</summary>
internal static class ImportanceEndpoint
{
    private const string Help =
        "Permutation importance (Breiman 2001): each column's cells are shuffled among the rows, and the metric is taken again. How much worse it is, in its own "
        + "units, is the column's importance, with a 95 % interval over the shuffles. Of two columns that say the same, either looks less important than both are.";

    public static void MapImportance(this IEndpointRouteBuilder models) =>
        VersionedRoutes.MapVersioned(
                path => models.MapPost($"{path}/importance", Measure).RequireScope(Scope.Predict),
                "Measure what the latest version leans on", "Measure what a version leans on", Help, "measureModelImportance")
            .TakesJson<ImportanceRequest>(ModelExamples.Evaluate).TakesLong().Returns<ImportanceResponse>(200).Refuses(400, 404, 409, 415, 429);

    private static Task<IResult> Measure(ModelPath path, Body<ImportanceRequest> body, ModelImportance importance, CancellationToken ct) =>
        path.AnswerAsync(loaded => importance.Run(loaded, body.Value, ct).Answer(TypedResults.Ok));
}
