using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>The model that a request names, as these doors refuse where there is none.</summary>
internal static class ServedModel
{
    /// <summary>The model. Errors: <see cref="ProblemException"/>, 404 where there is none.</summary>
    public static async ValueTask<LoadedModel> FindAsync(ModelPath path) => await path.FindAsync() ?? throw NotFound(path.Name, path.Version);

    private static ProblemException NotFound(string name, string? version) =>
        Refusal.Exception(404, version is null ? $"There is no model \"{Echo.Cut(name)}\"." : $"There is no version \"{Echo.Cut(version)}\" of a model \"{Echo.Cut(name)}\".");
}
