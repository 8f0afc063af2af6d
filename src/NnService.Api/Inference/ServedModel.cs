using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>Finds the model that a path speaks of: the one place where the doors look for one.</summary>
internal static class ServedModel
{
    /// <summary>The model. Errors: <see cref="ProblemException"/>, 404 where there is none.</summary>
    /// <param name="models">Where models are.</param>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version, or an alias of one, as the path spells it; null: the latest.</param>
    /// <param name="cancellation">Ends the waiting for a worker, who reads a large model.</param>
    public static async ValueTask<LoadedModel> FindAsync(ModelStore models, string name, string? version, CancellationToken cancellation) =>
        await models.FindAsync(name, version, cancellation) ?? throw NotFound(name, version);

    private static ProblemException NotFound(string name, string? version) =>
        Refusal.Exception(404, version is null ? $"There is no model \"{Echo.Cut(name)}\"." : $"There is no version \"{Echo.Cut(version)}\" of a model \"{Echo.Cut(name)}\".");
}
