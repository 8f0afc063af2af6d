using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NnService.Engine.Specs;

/// <summary>
/// How what a caller sends is read: as <see cref="SpecJson"/> has it, and what a type computes is an unknown member there. The serializer passes over a member
/// that it ignores, whatever it says; of what is stored that stays so, since earlier versions have written such a member.
/// </summary>
public static class WireJson
{
    /// <summary>The one set of options for bodies of requests.</summary>
    public static JsonSerializerOptions Options { get; } =
        new(SpecJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DropIgnored } } };

    private static void DropIgnored(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i] is { Get: null, Set: null })
                type.Properties.RemoveAt(i);
    }
}
