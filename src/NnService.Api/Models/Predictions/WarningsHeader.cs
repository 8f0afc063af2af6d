using System.Text;
using System.Text.Json;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>The warnings of an answer whose body has no place for them, such as a CSV: a JSON array in a header, where they are ASCII alone.</summary>
internal static class WarningsHeader
{
    public const string Name = "X-Warnings";

    public const string Help = "Of an answer that is no JSON: what `warnings` says there, as a JSON array.";

    private const int MostCharacters = 4000; // clients and proxies take 8 KB of headers in all

    /// <summary>Sets the header where there are warnings; what is beyond its length is counted.</summary>
    public static void Set(AnswerWriter answer, IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return;
        var (said, length) = (new List<string>(), 0);
        foreach (var warning in warnings)
            if ((length += Written(warning).Length) <= MostCharacters)
                said.Add(warning);
            else
                break;
        if (said.Count < warnings.Count)
            said.Add($"{warnings.Count - said.Count} more warnings stand in the answer as JSON.");
        answer.Headers[Name] = $"[{string.Join(", ", said.Select(Written))}]";
    }

    private static string Written(string warning)
    {
        var written = new StringBuilder();
        foreach (var character in JsonSerializer.Serialize(warning, SpecJson.Options))
            if (char.IsAscii(character) && !char.IsControl(character))
                written.Append(character);
            else
                written.Append($"\\u{(int)character:x4}");
        return written.ToString();
    }
}
