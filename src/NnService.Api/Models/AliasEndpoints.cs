using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Aliases: names for versions. A caller who predicts by alias goes over to another version from one request to the next.</summary>
internal static class AliasEndpoints
{
    private const string Latest = "latest";

    public static void MapAliases(this RouteGroupBuilder models)
    {
        models.MapPut("/{name}/aliases/{alias}", Put).RequireScope(Scope.Write)
            .Describe("Let an alias stand for a version", "The alias is made where there is none. It can be used in a path wherever a version's number stands.")
            .Named("setModelAlias").NamesAlias()
            .TakesJson<AliasRequest>(ModelExamples.Alias).TakesConditions().Returns<AliasResponse>(200).Refuses(400, 404, 415);
        models.MapDelete("/{name}/aliases/{alias}", Delete).RequireScope(Scope.Write).Describe("Delete an alias", "The version that it stood for stays.")
            .Named("deleteModelAlias").NamesAlias().TakesIfMatch().Returns(204).Refuses(404);
    }

    private static RouteHandlerBuilder NamesAlias(this RouteHandlerBuilder endpoint) =>
        endpoint.PathExample("name", Examples.ModelName, "The model's name.", ValueForm.Name)
            .PathExample("alias", Examples.AliasName, "The alias.", ValueForm.Name);

    private static async Task<IResult> Put(
        string name, string alias, Body<AliasRequest> body, HttpRequest request, Database database, CancellationToken cancellation)
    {
        if (ResourceName.Problem(alias, "#") is { } bad)
            return Refusal.Invalid([bad]);
        if (ModelStore.IsNumber(alias))
            return Refusal.Invalid([new SpecProblem("#", $"\"{alias}\" cannot be an alias, because it reads as a version's number; add a letter.")]);
        if (alias == Latest)
            return Refusal.Invalid([new SpecProblem("#", WhyNotLatest(name))]);
        if (body.Value.Version is not { } version)
            return Refusal.Invalid([new SpecProblem("#/version", "Give the version that the alias is to stand for.")]);
        return await database.WriteAsync<IResult>(
            db =>
            {
                if (db.Models.FirstOrDefault(there => there.Name == name) is not { } model)
                    return db.NamesOfModels().NotFound("model", name);
                if (ModelStore.Versions(db, name, version).Select(row => (long?)row.Number).FirstOrDefault() is not { } number)
                    return Refusal.Result(404, $"Model \"{name}\" has no version {version}.", "#/version");
                var there = db.ModelAliases.FirstOrDefault(there => there.ModelNumber == model.Number && there.Name == alias);
                if (Preconditions.Failed(request, () => null, isThere: there is not null) is { } failed)
                    return failed;
                if (there is not null)
                    there.VersionNumber = number;
                else
                    model.Aliases.Add(new ModelAlias { Name = alias, VersionNumber = number });
                db.News.Models = true;
                return TypedResults.Ok(new AliasResponse(name, alias, version));
            },
            cancellation);
    }

    // It would stay where it was put while newer versions come.
    private static string WhyNotLatest(string name) =>
        $"\"{Latest}\" cannot be an alias: the latest version is that of the path without a version, as /api/v1/models/{Echo.Cut(name)}/predict. "
        + "Choose another name, such as \"champion\".";

    private static async Task<IResult> Delete(string name, string alias, HttpRequest request, Database database, CancellationToken cancellation) =>
        await database.WriteFromReserveAsync<IResult>(
            db =>
            {
                if (db.Models.FirstOrDefault(there => there.Name == name) is not { } model)
                    return db.NamesOfModels().NotFound("model", name);
                if (db.ModelAliases.FirstOrDefault(there => there.ModelNumber == model.Number && there.Name == alias) is not { } found)
                    return Refusal.Result(404, $"Model \"{name}\" has no alias \"{alias}\".");
                if (Preconditions.Failed(request, () => null) is { } failed)
                    return failed;
                db.ModelAliases.Remove(found);
                db.News.Models = true;
                return TypedResults.NoContent();
            },
            cancellation);
}
