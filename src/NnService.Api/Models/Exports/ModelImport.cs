using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Exports;

/// <summary>Makes a model from a document of the export <c>json</c>, posted as it is.</summary>
internal static class ModelImport
{
    private const string Source = "import";

    /// <summary>Whether a request is such a document.</summary>
    public static bool IsAsked(ModelRequest request) => request.Format is not null || request.Description is not null || request.Parameters is not null;

    /// <summary>The model; null, and problems added, where the document does not make one.</summary>
    public static TrainedModel? Make(ModelRequest request, List<SpecProblem> problems)
    {
        if (request.Format != JsonFormat.Marker)
            problems.Add(new SpecProblem("#/format", $"The document's format must be \"{JsonFormat.Marker}\", as in the export json of a model."));
        if (request.Network is not null || request.Features is not null
            || request.Labels is not null || request.Target is not null || request.Precision is not null || request.Preprocessing is not null)
            problems.Add(new SpecProblem(
                "#", "An exported document has network, features, labels, target, precision and preprocessing in its description; leave them out beside it."));
        if (request.Description is null)
            problems.Add(new SpecProblem("#/description", "description is missing; post the exported document as it is."));
        if (request.Parameters is null)
            problems.Add(new SpecProblem("#/parameters", "parameters is missing; post the exported document as it is."));
        if (problems.Count > 0)
            return null;
        try
        {
            var model = JsonFormat.Read(request.Description!.Value, request.Parameters!.Value);
            problems.AddRange(ProblemsOfNames(model.Description));
            problems.AddRange(EmptyCategories(model.Description.Features));
            if (problems.Count == 0 && request.TestVectors is { } vectors && WhyNotTheOne(model, vectors, request.Manifest) is { } why)
                problems.Add(why);
            return model;
        }
        catch (JsonException bad)
        {
            problems.Add(new SpecProblem("#/description", $"The document cannot be read at {SpecJson.PointerOf(bad)}; post it as it was exported."));
        }
        catch (ArgumentException bad)
        {
            problems.Add(new SpecProblem("#/parameters", bad.Message));
        }

        return null;
    }

    // What a manifest says is true of the model that it was exported with, and of no other.
    private static SpecProblem? WhyNotTheOne(TrainedModel model, JsonElement vectors, JsonElement? manifest) =>
        TestVectors.Problem(model, vectors, "#/testVectors")
        ?? (manifest is { ValueKind: JsonValueKind.Object } told && told.TryGetProperty("weightsSha256", out var hash)
            && !(hash.ValueKind == JsonValueKind.String && hash.ValueEquals(model.Sha256))
            ? new SpecProblem(
                "#/manifest/weightsSha256",
                $"The document's parameters have the SHA-256 {model.Sha256}. Post it as it was exported, or leave out testVectors and manifest, "
                    + "which are not this model's.")
            : null);

    private static IEnumerable<SpecProblem> ProblemsOfNames(ModelDescription model)
    {
        var names = new ModelNames([.. model.Features.Columns.Select(feature => feature.Name)]);
        return
        [
            .. names.Problems("#/description/features/columns"),
            .. model.Target.Columns.Select(names.WhyNoTargetOfDocument).Index().Where(column => column.Item is not null)
                .Select(column => new SpecProblem($"#/description/target/columns/{column.Index}", column.Item!)),
            .. Repeated(model.Target.Columns),
        ];
    }

    private static IEnumerable<SpecProblem> Repeated(IReadOnlyList<string> targets)
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, target) in targets.Index())
            if (!before.Add(target))
                yield return new SpecProblem($"#/description/target/columns/{i}", $"\"{Echo.Cut(target)}\" stands there twice.");
    }

    // An empty cell is a missing one, so that no table has such a category.
    private static IEnumerable<SpecProblem> EmptyCategories(FeatureEncoding features)
    {
        foreach (var (i, column) in features.Columns.Index())
            foreach (var (member, categories) in new[]
            {
                ("categories", column.Categories), ("otherCategories", column.OtherCategories ?? []), ("otherMissingSpellings", column.OtherMissingSpellings ?? []),
            })
                if (categories is ["", ..]) // they stand in ordinal order
                    yield return new SpecProblem(
                        $"#/description/features/columns/{i}/{member}/0",
                        $"A category of column \"{Echo.Cut(column.Name)}\" is empty, and an empty cell is a missing one; post the document as it was exported.");
    }

    /// <summary>Where an imported model comes from.</summary>
    public static ModelLineage LineageOf(ModelRequest request, TrainedModel model) => new()
    {
        Source = Source,
        WeightsSha256 = model.Sha256,
        CodeVersion = ServiceVersion.Text,
        Origin = request is { Manifest: { } manifest, TestVectors: not null } ? OriginIn(manifest) : null,
    };

    // Of a model that has itself been imported, where that one came from: the same numbers, and no chain that grows with every service.
    private static JsonNode? OriginIn(JsonElement manifest)
    {
        var told = JsonSerializer.SerializeToNode(manifest);
        return told is JsonObject own && own["source"] is JsonValue source && source.TryGetValue(out string? text) && text == Source && own["origin"] is JsonObject first
            ? first.DeepClone()
            : told;
    }
}
