using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;

namespace NnService.Api.Tests.OpenApi;

/// <summary>docs/reference/jobs.md: every field of a job from the OpenAPI document, and everything to choose from from the catalogue.</summary>
internal static class JobReference
{
    private static readonly (string Schema, string Title)[] s_parts =
    [
        ("TrainingConfiguration", "A job"), ("PreprocessingSpec", "`preprocessing`"), ("SplitSpec", "`split`"), ("EarlyStoppingSpec", "`earlyStopping`"),
        ("NetworkSpec", "`network`, spelled out"),
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
        foreach (var (schema, title) in s_parts)
            Fields(text, title, document["components"]!["schemas"]![schema]!["properties"]!.AsObject());
        Family<LayerSpec>(text, "Layers");
        Family<ActivationSpec>(text, "Activations");
        Family<InitializerSpec>(text, "Initializers");
        Family<LossSpec>(text, "Losses");
        Family<OptimizerSpec>(text, "Optimizers");
        Family<ScheduleSpec>(text, "Schedules");
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Fields(StringBuilder text, string title, JsonObject fields)
    {
        text.Append($"## {title}\n\n| field | what it is | limits |\n|---|---|---|\n");
        foreach (var (name, field) in fields)
            text.Append($"| `{name}` | {Cell(((string?)field!["description"] ?? "").Split("\n\n")[0])} | {LimitsOf(field)} |\n");
        text.Append('\n');
    }

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

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
