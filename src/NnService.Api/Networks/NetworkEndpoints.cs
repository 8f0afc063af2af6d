using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Networks;

internal static class NetworkEndpoints
{
    public static void MapNetworks(this RouteGroupBuilder api)
    {
        var networks = api.MapGroup("/networks").WithTags("Networks");
        networks.MapPost("", Create).RequireScope(Scope.Write)
            .Describe("Define a network", "The same name with the same content again answers 200 with the stored one; with other content 409.")
            .Named("createNetwork")
            .TakesJson<NetworkRequest>(NetworkExamples.Network).TakesLong(above: LongRequest.QuickJson)
            .Returns<NetworkResponse>(201).ReturnsLocation(201).Returns<NetworkResponse>(200).Refuses(400, 409, 415);
        networks.MapGet("", List).RequireScope(Scope.Read).Describe("List networks, newest first", "Without their layers.").Named("listNetworks")
            .With(PageQuery.Parameters).Returns<Page<NetworkSummary>>(200);
        ByName(networks.MapGet("/{name}", Get).RequireScope(Scope.Read)).Describe("Show a network", "Its layers with the shapes that are known, and how much they are.")
            .Named("getNetwork").Returns<NetworkResponse>(200).ReturnsETag();
        ByName(networks.MapDelete("/{name}", Delete).RequireScope(Scope.Write)).Describe("Delete a network", "409 while a study that has not ended needs it. Jobs on it go on: each has its own copy.")
            .Named("deleteNetwork").TakesIfMatch().Returns(204).Refuses(409);
        networks.MapDelete("", DeleteSeveral).RequireScope(Scope.Write)
            .Describe(
                "Delete several networks",
                "Those that the filter lets through, at most 10,000 in a call; those that a study needs that has not ended are kept.")
            .Named("deleteNetworks")
            .With(NameFilter.Parameters).With(Deletion.DryRun).Returns<DeletionResponse>(200).Refuses(400);

        static RouteHandlerBuilder ByName(RouteHandlerBuilder endpoint) =>
            endpoint.PathExample("name", Examples.NetworkName, "The network's name.", ValueForm.Name).Refuses(404);
    }

    private static async Task<IResult> Create(Body<NetworkRequest> body, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var request = body.Value;
        var spec = request.ToSpec();
        List<SpecProblem> problems = [.. spec.Problems()];
        if (ResourceName.Problem(request.Name, "#/name") is { } bad)
            problems.Add(bad);
        if (request.Description?.Length > NetworkRequest.MostDescription)
            problems.Add(new SpecProblem(
                "#/description",
                $"description has {request.Description.Length:N0} characters; at most {NetworkRequest.MostDescription:N0} are allowed."));
        if (problems.Count > 0)
            return Refusal.Invalid(problems);

        var asked = new NetworkDefinition
        {
            Name = request.Name ?? ResourceName.New("network"),
            Description = request.Description,
            Spec = Written(spec),
            CreatedAt = clock.GetUtcNow().UtcDateTime,
        };
        var (stored, isNew) = await database.WriteAsync(
            db =>
            {
                var there = db.Networks.FirstOrDefault(network => network.Name == asked.Name);
                if (there is null)
                    db.Networks.Add(asked);
                return (there ?? asked, there is null);
            },
            cancellation);
        if (isNew)
            return TypedResults.Created($"/api/v1/networks/{stored.Name}", NetworkResponse.Of(stored));
        return IsSame(stored.Spec, asked.Spec) && stored.Description == asked.Description
            ? TypedResults.Ok(NetworkResponse.Of(stored))
            : Refusal.Conflict("#/name",
                $"There is another network \"{stored.Name}\". Networks do not change: choose a new name, or delete the old one first.");
    }

    // Earlier versions have written more of a network than is written now.
    private static bool IsSame(string stored, string asked) =>
        stored == asked || Written(JsonSerializer.Deserialize<NetworkSpec>(stored, SpecJson.Options)!) == asked;

    private static string Written(NetworkSpec spec) => JsonSerializer.Serialize(spec, SpecJson.Options);

    private static Ok<Page<NetworkSummary>> List(PageQuery page, Database database, CancellationToken cancellation)
    {
        using var db = database.Read();
        // One at a time: a spec with weights of its own may be as large as a body.
        var rows = new List<(long Number, NetworkSummary Summary)>();
        var networks = db.Networks.Where(network => network.Number < page.Before).OrderByDescending(network => network.Number).Take(page.Limit + 1);
        foreach (var network in networks.AsEnumerable())
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add((network.Number, NetworkResponse.SummaryOf(network)));
        }

        return TypedResults.Ok(page.Of(rows, row => row.Number, row => row.Summary));
    }

    private static IResult Get(string name, Database database)
    {
        using var db = database.Read();
        return db.Networks.FirstOrDefault(network => network.Name == name) is { } found
            ? new ImmutableResult<NetworkResponse>(NetworkResponse.Of(found))
            : db.NamesOfNetworks().NotFound("network", name);
    }

    private static async Task<IResult> Delete(string name, HttpRequest request, Database database, CancellationToken cancellation) =>
        await database.WriteFromReserveAsync<IResult>(
            db =>
            {
                if (db.Needs.WhoNeedsNetwork(name) is { } who)
                    return Refusal.Conflict($"{who} has not ended and needs network \"{name}\". Wait for it, or cancel it first.");
                if (Preconditions.NeedTag(request) && db.Networks.FirstOrDefault(network => network.Name == name) is { } found
                    && Preconditions.Failed(request, () => Immutable.TagOf(NetworkResponse.Of(found))) is { } failed)
                    return failed;
                return db.Networks.Where(network => network.Name == name).ExecuteDelete() > 0
                    ? TypedResults.NoContent()
                    : db.NamesOfNetworks().NotFound("network", name);
            },
            cancellation);

    private static Task<IResult> DeleteSeveral(HttpRequest request, Database database, CancellationToken cancellation)
    {
        var filter = NameFilter.Of(request, "networks");
        return Deletion.RunAsync(
            request,
            database,
            db => [.. db.Networks.Where(network => network.Name.StartsWith(filter.Prefix) && network.CreatedAt < filter.CreatedBefore)
                .OrderBy(network => network.Number).Take(Deletion.MostItems).Select(network => new { network.Number, network.Name }).ToList()
                .Select(network => new Deletable(network.Number, network.Name, WhyKept(db, network.Name)))],
            (db, numbers) => db.Networks.Where(network => EF.Parameter(numbers).Contains(network.Number)).ExecuteDelete(),
            cancellation);
    }

    private static string? WhyKept(AppDbContext db, string name) =>
        db.Needs.WhoNeedsNetwork(name) is { } who ? $"{who} has not ended and needs it." : null;
}
