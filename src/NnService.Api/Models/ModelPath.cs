using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>The model that a request names, and the way to it.</summary>
/// <param name="name">The model's name.</param>
/// <param name="version">A version's number or an alias; null: the latest version.</param>
/// <param name="context">The request.</param>
/// <param name="models">Where models are.</param>
internal readonly struct ModelPath(string name, string? version, HttpContext context, ModelStore models)
{
    /// <summary>The model that the path of a request names which <see cref="VersionedRoutes"/> has mapped.</summary>
    public ModelPath(HttpContext context, ModelStore models)
        : this((string)context.Request.RouteValues[VersionedRoutes.Name]!, (string?)context.Request.RouteValues[VersionedRoutes.Version], context, models)
    {
    }

    /// <summary>The model's name.</summary>
    public string Name => name;

    /// <summary>A version's number or an alias; null: the latest version.</summary>
    public string? Version => version;

    /// <summary>Called by the framework to bind a parameter of this type.</summary>
    public static ValueTask<ModelPath> BindAsync(HttpContext context) => new(new ModelPath(context, context.RequestServices.GetRequiredService<ModelStore>()));

    /// <summary>The model ready to compute; null where there is none. Errors: <see cref="DamageException"/>.</summary>
    public ValueTask<LoadedModel?> FindAsync() =>
        models.Ready(name, version) is { } ready ? new(ready) : models.FindAsync(name, version, context.RequestAborted);

    /// <summary>Answers with the model, or with 404 where there is none.</summary>
    public Task<IResult> AnswerAsync(Func<LoadedModel, IResult> answer) => AnswerAsync(loaded => Task.FromResult(answer(loaded)));

    /// <inheritdoc cref="AnswerAsync(Func{LoadedModel, IResult})" />
    public async Task<IResult> AnswerAsync(Func<LoadedModel, Task<IResult>> answer) =>
        await FindAsync() is { } loaded ? await answer(loaded) : NotFound();

    /// <summary>The refusal where there is no such model.</summary>
    public ProblemResult NotFound()
    {
        using var db = context.RequestServices.GetRequiredService<Database>().Read();
        return NotFound(db, name, version);
    }

    /// <summary>The same, with the names or the versions that there are.</summary>
    public static ProblemResult NotFound(AppDbContext db, string name, string? version)
    {
        var models = db.NamesOfModels();
        var latest = ModelStore.Versions(db, name, null).Select(row => (int?)row.Version).FirstOrDefault();
        if (latest is null && models.Contains(name))
            return Refusal.Result(404, $"Model \"{name}\" has no version: all of them were deleted. Train one under that name, or ask another model.");
        if (version is null)
            return models.NotFound("model", name);
        return Refusal.Result(404, $"There is no model version \"{Echo.Cut($"{name}/{version}")}\"." + (latest is null ? models.SuggestionFor(name)
            : ModelStore.IsNumber(version) ? $" The latest version of \"{name}\" is {latest}."
            : db.Models.Where(model => model.Name == name).SelectMany(model => model.Aliases).OrderByDescending(alias => alias.Number).Select(alias => alias.Name)
                .SuggestionFor(version)));
    }
}
