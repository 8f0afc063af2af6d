using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>The model that a request names, as these doors refuse where there is none.</summary>
internal static class ServedModel
{
    /// <summary>The refusal where there is no such model.</summary>
    public static ProblemResult NotFound(ModelPath path) => path.Version is { } version
        ? Refusal.Result(404, $"There is no version \"{Echo.Cut(version)}\" of a model \"{Echo.Cut(path.Name)}\".")
        : path.NotFound();
}
