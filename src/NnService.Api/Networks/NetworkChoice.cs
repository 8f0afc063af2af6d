using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Networks;

/// <summary>A network's name, or a network spelled out.</summary>
/// <param name="Name">Null where it is spelled out.</param>
/// <param name="Spec">Null where it is a name.</param>
[JsonConverter(typeof(NetworkChoiceConverter))]
public sealed record NetworkChoice(string? Name, NetworkSpec? Spec)
{
    /// <summary>The network itself; null, and a problem added, where it cannot be used.</summary>
    internal NetworkSpec? Find(AppDbContext db, ICollection<SpecProblem> problems)
    {
        if (Spec is not null)
        {
            var wrong = Spec.Problems("#/network");
            foreach (var problem in wrong)
                problems.Add(problem);
            return wrong.Count == 0 ? Spec : null;
        }

        if (db.Networks.FirstOrDefault(network => network.Name == Name) is { } stored)
            return JsonSerializer.Deserialize<NetworkSpec>(stored.Spec, SpecJson.Options);
        problems.Add(new SpecProblem("#/network", $"There is no network \"{Echo.Cut(Name)}\"."
            + db.NamesOfNetworks().SuggestionFor(Name!)));
        return null;
    }
}

internal sealed class NetworkChoiceConverter : JsonConverter<NetworkChoice>
{
    public override NetworkChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new NetworkChoice(reader.GetString(), null),
            JsonTokenType.StartObject => new NetworkChoice(null, Nested.Read<NetworkRequest>(ref reader, options).ToSpec()), // as it is saved; its name and description say nothing here
            _ => throw new JsonException("Expected a network's name, or a network as an object with layers."),
        };

    public override void Write(Utf8JsonWriter writer, NetworkChoice value, JsonSerializerOptions options)
    {
        if (value.Name is not null)
            writer.WriteStringValue(value.Name);
        else
            JsonSerializer.Serialize(writer, value.Spec, options);
    }
}
