using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;

namespace NnService.Api.Inference.Scoring;

/// <summary>The model of the door that has no place for a name in its path.</summary>
/// <param name="Named"><c>Inference:DefaultModel</c>: who is asked where a request names nobody; null: the only model there is.</param>
internal sealed record DefaultModel(string? Named)
{
    private const string Key = "Inference:DefaultModel";

    /// <summary>Reads the setting. Errors: <see cref="StartException"/>.</summary>
    public static DefaultModel Of(IConfiguration settings)
    {
        if (settings[Key] is not { Length: > 0 } text)
            return new DefaultModel((string?)null);
        return ResourceName.IsValid(text.Split('/')[0]) && text.Split('/') is [_] or [_, { Length: > 0 }]
            ? new DefaultModel(text)
            : throw new StartException($"The setting {Key} is \"{text}\"; it must be a model's name, or a name and a version or an alias: heights/champion.");
    }

    /// <summary>The way to the model that a request asks: <c>name</c>, or <c>name/version-or-alias</c>.</summary>
    public Outcome<ModelPath> Find(HttpContext context, Database database, ModelStore models)
    {
        if (context.Request.Query["model"].ToString() is { Length: > 0 } asked)
            return PathOf(asked);
        if (Named is not null)
            return PathOf(Named);
        using var db = database.Read();
        return db.Models.Select(model => model.Name).Order().Take(2).ToList() switch
        {
            [var only] => PathOf(only),
            [] => Refusal.Result(404, "There is no model yet."),
            _ => Refusal.Result(400, $"There are several models; say which with ?model=, or in the setting {Key}."),
        };

        ModelPath PathOf(string text) => text.Split('/', 2) is [var name, var version]
            ? new ModelPath(name, version, context, models)
            : new ModelPath(text, null, context, models);
    }
}
