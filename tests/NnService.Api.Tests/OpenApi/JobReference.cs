using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Tests.OpenApi;

/// <summary>docs/reference/jobs.md: every field of a job from the OpenAPI document, and everything to choose from from the catalogue.</summary>
internal static partial class JobReference
{
    // Of those with a record, a field that is left out has the record's value.
    private static readonly (string Schema, string Title, object? LeftOut)[] s_parts =
    [
        ("TrainingConfiguration", "A job", null), ("InitialModel", "`initialModel`", null), ("PreprocessingSpec", "`preprocessing`", new PreprocessingSpec()),
        ("ColumnScaling", "A column in `preprocessing.columns`", null), ("SplitSpec", "`split`", null),
        ("EarlyStoppingSpec", "`earlyStopping`", new EarlyStoppingSpec()), ("NetworkRequest", "`network`, spelled out", null),
    ];

    public static string File { get; } = Path.Combine(Repository.Root, "docs", "reference", "jobs.md");

    /// <summary>The page.</summary>
    /// <param name="document">The OpenAPI document.</param>
    public static string Of(JsonNode document)
    {
        var text = new StringBuilder("""
            # What a job can be told

            Written by `dotnet run --project tests/NnService.Api.Tests -- openapi`; a test compares. Everything but `dataset` and `target` may be left out: the answer's `configuration` has what was chosen, and `GET /api/v1/catalogue` says the second half of this page to programs.


            """);
        var schemas = document["components"]!["schemas"]!;
        foreach (var (schema, title, leftOut) in s_parts)
            Fields(text, title, schemas, schemas[schema]!["properties"]!.AsObject(), JsonSerializer.SerializeToNode(leftOut, SpecJson.Options));
        Family<LayerSpec>(text, "Layers");
        Family<ActivationSpec>(text, "Activations");
        Family<InitializerSpec>(text, "Initializers");
        Family<LossSpec>(text, "Losses");
        Family<OptimizerSpec>(text, "Optimizers");
        Family<ScheduleSpec>(text, "Schedules");
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Fields(StringBuilder text, string title, JsonNode schemas, JsonObject fields, JsonNode? leftOut)
    {
        text.Append($"## {title}\n\n| field | what it is | what it may be |\n|---|---|---|\n");
        foreach (var (name, field) in fields)
        {
            string[] words = [.. WordsOf(schemas, field!)];
            var allowed = words.Length > 0 ? string.Join(", ", words.Select(word => $"`{word}`")) : LimitsOf(field!);
            var chosen = leftOut?[name] is JsonValue value && value.TryGetValue(out string? word) && words.Contains(word) ? $"; left out: `{word}`" : "";
            text.Append($"| `{name}` | {Cell(((string?)field!["description"] ?? "").Split("\n\n")[0])} | {allowed}{chosen} |\n");
        }

        text.Append('\n');
    }

    // The schema itself has them, or one that it refers to, alone or as an alternative.
    private static IEnumerable<string> WordsOf(JsonNode schemas, JsonNode schema) =>
        schema["enum"] is JsonArray words ? words.Where(word => word is not null).Select(word => (string)word!)
        : (string?)schema["$ref"] is { } reference ? WordsOf(schemas, schemas[reference.Split('/')[^1]]!)
        : (schema["allOf"] ?? schema["oneOf"])?.AsArray().Where(one => one!["$ref"] is null || schemas[((string)one["$ref"]!).Split('/')[^1]]!["enum"] is not null)
            .SelectMany(one => WordsOf(schemas, one!)) ?? [];

    private static string LimitsOf(JsonNode field) => string.Join(", ", new[]
    {
        field["minimum"] is { } low ? $"{((bool?)field["exclusiveMinimum"] == true ? "above" : "from")} {low}" : null,
        field["maximum"] is { } high ? $"{((bool?)field["exclusiveMaximum"] == true ? "below" : "to")} {high}" : null,
    }.OfType<string>());

    private static void Family<TSpec>(StringBuilder text, string title)
        where TSpec : Spec, ISpecFamily<TSpec>
    {
        text.Append($"## {title}\n\n| type | what it does | parameters, with their defaults |\n|---|---|---|\n");
        foreach (var entry in SpecCatalogue.Of<TSpec>())
            text.Append($"| `{entry.Type}` | {Cell(entry.Help)} | {string.Join("<br>", entry.Parameters.Select(Parameter))} |\n");
        text.Append('\n');
    }

    private static string Parameter(CatalogueParameter parameter) =>
        $"`{parameter.Name}`{(parameter.Default is { } value ? $" = {Cell(value.ToJsonString(s_plain))}" : "")}: {Cell(parameter.Help)}";

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex("\\s+")]
    private static partial Regex Blanks();

    private static string Cell(string text) => Blanks().Replace(text, " ").Replace("|", "\\|", StringComparison.Ordinal);
}
