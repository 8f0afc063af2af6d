using System.Globalization;
using NnService.Api.Errors;
using NnService.Api.Models;

namespace NnService.Api.Inference;

/// <summary>Finds the model that a path speaks of: the one place where the doors look for one.</summary>
internal static class ServedModel
{
    /// <summary>The model. Errors: <see cref="ProblemException"/>, 404 where there is none.</summary>
    /// <param name="models">Where models are.</param>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version as the path spells it; null: the latest.</param>
    public static LoadedModel Find(ModelStore models, string name, string? version)
    {
        if (version is null)
            return models.Load(name, null) ?? throw Refusal.Exception(404, $"There is no model \"{name}\".");
        return (int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? models.Load(name, number) : null)
            ?? throw Refusal.Exception(404, $"There is no version \"{version}\" of a model \"{name}\".");
    }
}
