using System.Collections.Frozen;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>
/// Parameters of a request, an input or an output. What is asked for in them is done or refused by name: passed over, it would be answered with something else.
/// </summary>
internal static class InferParameters
{
    public const string BinarySize = "binary_data_size";
    public const string Binary = "binary_data";

    private const string ContentType = "content_type";
    private const string NoSharedMemory = "this server shares no memory with its clients: tensors go in the body, as JSON or as bytes";
    private const string NoSequences = "no request here depends on another";

    // Of the protocol's extensions for shared memory, sequences, schedule policy and classification.
    private static readonly FrozenDictionary<string, string> s_refused = new Dictionary<string, string>
    {
        ["shared_memory_region"] = NoSharedMemory,
        ["shared_memory_byte_size"] = NoSharedMemory,
        ["shared_memory_offset"] = NoSharedMemory,
        ["sequence_id"] = NoSequences,
        ["sequence_start"] = NoSequences,
        ["sequence_end"] = NoSequences,
        ["priority"] = "all requests are alike",
        ["timeout"] = "a client that has waited long enough closes its connection",
        ["classification"] = "the outputs label and probabilities say the same",
    }.ToFrozenDictionary();

    /// <summary>Refuses what a request asks for and is not done; what is unknown comes back with the answer. Errors: <see cref="ProblemException"/>.</summary>
    public static void OfRequest(JsonElement parameters) => Check(parameters, "The request", null);

    /// <summary>Refuses what is asked for an input and not done, or not known. Errors: <see cref="ProblemException"/>.</summary>
    public static void OfInput(JsonElement? parameters, string name) => Check(parameters, $"Input \"{name}\"", ("an input", BinarySize));

    /// <summary>Refuses what is asked for an output and not done, or not known. Errors: <see cref="ProblemException"/>.</summary>
    public static void OfOutput(JsonElement? parameters, string name) => Check(parameters, $"Output \"{name}\"", ("an output", Binary));

    /// <summary>A parameter that is neither left out nor null.</summary>
    public static JsonElement? Find(JsonElement? parameters, string name) =>
        parameters is { } given && given.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void Check(JsonElement? parameters, string whose, (string Kind, string Takes)? known)
    {
        if (parameters is not { } given)
            return;
        foreach (var parameter in given.EnumerateObject())
        {
            var problem = parameter.Value.ValueKind == JsonValueKind.Null ? null
                : s_refused.TryGetValue(parameter.Name, out var reason) ? $"is not taken; {reason}"
                : parameter.Name == ContentType ? Unread(parameter.Value)
                : known is { } only && parameter.Name != only.Takes ? $"is not known here; {only.Kind} takes {only.Takes}"
                : null;
            if (problem is not null)
                throw Refusal.Exception(400, $"{whose}: the parameter {Echo.Cut(parameter.Name)} {problem}.");
        }
    }

    // MLServer's word for how data is to be read: base64, dates and tables of its own would be other data.
    private static string? Unread(JsonElement contentType) => contentType.ValueKind == JsonValueKind.String && contentType.GetString() is "np" or "str" or "pd"
        ? null
        : $"is {Echo.Cut(contentType.GetRawText())}; here it may be np, str or pd, which leave the data as it is";
}
