using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>
/// The files that are made from the running service: the OpenAPI document, kept so that a change of it shows in the diff, the answers in it, and the reference
/// of jobs.
/// <c>dotnet run --project tests/NnService.Api.Tests -- openapi</c> writes them anew.
/// </summary>
internal static class SnapshotFiles
{
    private static readonly JsonSerializerOptions s_readable =
        new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Document { get; } = Path.Combine(Repository.Root, "tests", "NnService.Api.Tests", "OpenApi", "openapi.json");

    public static string Answers { get; } = Path.Combine(Repository.Root, "src", "NnService.Api", "Swagger", "answers.json");

    public static string Write(JsonNode node) => node.ToJsonString(s_readable) + "\n";

    /// <summary>Writes both. The answers are in the document, and built into the service: where they have changed, the document needs a second run.</summary>
    public static async Task WriteAnew(string folder)
    {
        using var service = await ServiceProcess.Start(
            folder, "--Webhooks:AllowedHosts=hooks.example.com", "--Cluster:Node=node-1", "--Training:MaxConcurrentJobs=1");
        var document = await ApiDocument.Of(service.Wire);
        var answers = Write(await new AnswerRecorder(service.Wire, document).Record());
        var areNew = answers != await File.ReadAllTextAsync(Answers);
        await File.WriteAllTextAsync(Answers, answers);
        await File.WriteAllTextAsync(Document, Write(document.Root));
        await File.WriteAllTextAsync(JobReference.File, JobReference.Of(document.Root));
        Console.WriteLine($"Wrote {Answers} and {Document}.{(areNew ? " The answers have changed: run this once more, for they are in the document." : "")}");
    }
}
